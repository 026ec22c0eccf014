import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "#lib/core/environment.js";

interface SourceFile {
  readonly fileName: string;
}
interface Diagnostic {
  readonly messageText: unknown;
}
interface Program {
  getSourceFiles(): readonly SourceFile[];
  getSyntacticDiagnostics(file: SourceFile): readonly Diagnostic[];
  getSemanticDiagnostics(file: SourceFile): readonly Diagnostic[];
}
/** The part of TypeScript 5.0.4's compiler that this test calls. */
interface Compiler {
  readonly version: string;
  createProgram(files: readonly string[], options: object): Program;
  flattenDiagnosticMessageText(text: unknown, newLine: string): string;
}

const require = createRequire(createRequire(import.meta.url).resolve("tslab/dist/converter.js"));
const typescript = require("@tslab/typescript-for-tslab") as Compiler;

it("TypeScript 5.0.4 with Node10 resolution, as cells are compiled, accepts our declarations", () => {
  expect(typescript.version).toBe("5.0.4");
  const program = typescript.createProgram([join(projectRoot, "dist", "index.d.ts")], {
    ...{ module: 99, moduleResolution: 2, target: 9, lib: ["lib.es2022.d.ts"], noEmit: true },
    ...{ strict: false, skipLibCheck: false, esModuleInterop: true, types: ["node"] },
  });
  const folder = join(projectRoot, "dist").split(sep).join("/");
  const ours = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder));
  const complaints = ours.flatMap((file) =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${file.fileName}: ${typescript.flattenDiagnosticMessageText(messageText, " ")}`,
    ),
  );
  expect(ours.length).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  // tfjs's declarations are 600 files: half a second of every notebook's first cell.
  expect(program.getSourceFiles().filter(({ fileName }) => fileName.includes("@tensorflow"))).toEqual([]);
});
