import { relative } from "node:path";
import { awaitsAtTop, isBlank, parseCell, showsLastValue, strayAwait } from "./cell-syntax.js";
import { Compiler } from "./compiler.js";
import { provideModule } from "./local-modules.js";
import { CellPositions } from "./positions.js";
import { LonghandSource } from "./shorthand.js";
import { type ConvertResult, type createExecutor, type ts, typescript } from "./tslab.js";

type Converters = Parameters<typeof createExecutor>[1];
type Diagnostic = ConvertResult["diagnostics"][number];

export interface ConversionOptions {
  /** Number of the cell that is converted next; its JavaScript is named after it. */
  readonly cellNumber: () => number;
  /** Called when a cell is compiled and about to run; what it throws ends the cell. */
  readonly beforeRun?: () => void;
}

/**
 * From a cell's TypeScript to JavaScript: tslab's converter, with what it overlooks mended. One a process, since
 * TypeScript's view of the file system is shared.
 */
export class Conversion {
  readonly positions = new CellPositions();
  /** Name of the variable that holds the value of the last converted cell, where it is to be shown. */
  valueName: string | undefined;
  private readonly compiler = new Compiler();

  constructor(private readonly options: ConversionOptions) {}

  /** What tslab's executor converts cells with. */
  converters(): Converters {
    const { converter } = this.compiler;
    const fresh = <In extends unknown[], Out>(ask: (...values: In) => Out) => {
      return (...values: In): Out => {
        this.compiler.refresh();
        return ask(...values);
      };
    };
    const node: Converters["node"] = {
      convert: (declarations, source) => this.convert(declarations, source),
      complete: fresh(converter.complete),
      inspect: fresh(converter.inspect),
      addModule: fresh(converter.addModule),
      close: converter.close,
    };
    return { node, browser: node, close: () => converter.close() };
  }

  private convert(declarations: string, source: string): ConvertResult {
    const file = parseCell(source);
    this.valueName = undefined;
    if (isBlank(file)) return { diagnostics: [], declOutput: declarations };
    const longhand = new LonghandSource(file);
    const result = this.compiler.convert(declarations, longhand.text);
    const diagnostics = [...result.diagnostics, ...this.outsideDiagnostics()];
    for (const { fileName, start, end } of diagnostics) {
      if (fileName) continue;
      for (const place of [start, end]) {
        place.character = longhand.originalColumn(place.line, place.character);
      }
    }
    for (const { path, data } of result.sideOutputs ?? []) {
      const sourcePath = this.compiler.sourceOf(path);
      this.positions.recordModule(sourcePath, data);
      provideModule(sourcePath, data);
    }
    const stray = result.hasToplevelAwait ? strayAwait(file) : undefined;
    if (stray) diagnostics.push(aboutStrayAwait(file, stray));
    if (diagnostics.length > 0) return { diagnostics };
    const isAsync = result.hasToplevelAwait || awaitsAtTop(file);
    const output = this.positions.record(this.options.cellNumber(), {
      source,
      output: result.output ?? "",
      isAsync,
      originalColumn: (line, column) => longhand.originalColumn(line, column),
    });
    const lastExpressionVar = showsLastValue(file) ? result.lastExpressionVar : undefined;
    this.valueName = lastExpressionVar;
    this.options.beforeRun?.();
    const { declOutput } = result;
    return { diagnostics, declOutput, output, hasToplevelAwait: isAsync, lastExpressionVar };
  }

  /** Problems in local files beside the notebook's folder, which tslab would not tell. */
  private outsideDiagnostics(): Diagnostic[] {
    return this.compiler.outsideProblems.map(({ file, diagnostic }) => ({
      start: placeIn(file, diagnostic.start),
      end: placeIn(file, diagnostic.start + diagnostic.length),
      messageText: typescript.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
      category: diagnostic.category,
      code: diagnostic.code,
      fileName: relative(process.cwd(), file.fileName),
    }));
  }
}

function placeIn(file: ts.SourceFile, offset: number): Diagnostic["start"] {
  return { offset, ...typescript.getLineAndCharacterOfPosition(file, offset) };
}

function aboutStrayAwait(file: ts.SourceFile, stray: ts.Node): Diagnostic {
  return {
    start: placeIn(file, stray.getStart(file)),
    end: placeIn(file, stray.end),
    messageText: "'await' expressions are only allowed within async functions and outside of all functions.",
    category: typescript.DiagnosticCategory.Error,
    code: 1308,
  };
}
