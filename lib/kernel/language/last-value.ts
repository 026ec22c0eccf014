import { typescript } from "./tslab.js";

/**
 * Whether a cell's last expression is printed, as a value, or only carried out, as a statement: a closing semicolon
 * makes the difference, as in IPython. tslab prints both, so that `show(figure);` would also print what it returns.
 */
export function printsLastValue(source: string): boolean {
  const file = typescript.createSourceFile("cell.ts", source, typescript.ScriptTarget.Latest, true);
  const last = file.statements.at(-1);
  return last !== undefined && !last.getText(file).endsWith(";");
}
