import { type ts, typescript } from "./tslab.js";

/** TypeScript's binder, which its types do not show: it fills in a file's `locals`. */
const { bindSourceFile } = typescript as unknown as {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
};

/**
 * Writes the export of all of a cell's names behind it, in exactly tslab's words. tslab compiles a cell once to learn
 * its names and once more with this line; with the line already there, the second time costs nothing.
 */
export class ExportedNames {
  private last = "";

  /** @param text a cell with tslab's first line before it, perhaps already with its names behind it */
  append(text: string): string {
    if (text === this.last) return text;
    const file = typescript.createSourceFile("cell.ts", text, typescript.ScriptTarget.ES2022, true);
    bindSourceFile(file, { target: typescript.ScriptTarget.ES2022 });
    const names = [
      ...((file as ts.SourceFile & { readonly locals?: ReadonlyMap<string, unknown> }).locals?.keys() ?? []),
    ];
    this.last = names.length > 0 ? `${text}\nexport {${names.join(", ")}}` : text;
    return this.last;
  }
}
