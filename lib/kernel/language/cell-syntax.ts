import { type ts, typescript } from "./tslab.js";

/** A cell's text as a syntax tree: that of a module, since in a script `await (x)` would call a function. */
export function parseCell(source: string): ts.SourceFile {
  const setExternalModuleIndicator = (file: ts.SourceFile) =>
    Object.assign(file, { externalModuleIndicator: true });
  const options = { languageVersion: typescript.ScriptTarget.Latest, setExternalModuleIndicator };
  return typescript.createSourceFile("cell.ts", source, options, true);
}

/** Whether a cell holds nothing but space and comments, so that there is nothing to compile or run. */
export function isBlank(file: ts.SourceFile): boolean {
  const { parseDiagnostics } = file as ts.SourceFile & { readonly parseDiagnostics: readonly unknown[] };
  return file.statements.length === 0 && parseDiagnostics.length === 0;
}

/**
 * Whether a cell's last expression is shown, as a value, or only carried out, as a statement: a closing semicolon
 * makes the difference, as in IPython. tslab prints both, so that `show(figure);` would also print what it returns.
 */
export function showsLastValue(file: ts.SourceFile): boolean {
  const last = file.statements.at(-1);
  return last !== undefined && !last.getText(file).endsWith(";");
}

/** Whether a cell waits outside of all functions; of such waiting, tslab overlooks `for await`. */
export function awaitsAtTop(file: ts.SourceFile): boolean {
  const waits = (node: ts.Node): boolean => {
    if (typescript.isFunctionLike(node) || typescript.isClassStaticBlockDeclaration(node)) return false;
    if (typescript.isAwaitExpression(node)) return true;
    if (typescript.isForOfStatement(node) && node.awaitModifier) return true;
    return typescript.forEachChild(node, waits) ?? false;
  };
  return waits(file);
}

/** The first `await` in a method that is not async, which tslab takes for one outside of all functions. */
export function strayAwait(file: ts.SourceFile): ts.Node | undefined {
  const find = (node: ts.Node, isStray: boolean): ts.Node | undefined => {
    if (isStray && typescript.isAwaitExpression(node)) return node;
    const isAsync =
      (typescript.getCombinedModifierFlags(node as ts.Declaration) & typescript.ModifierFlags.Async) !== 0;
    const inside = typescript.isFunctionLike(node) ? !isAsync : isStray;
    return typescript.forEachChild(node, (child) => find(child, inside));
  };
  return find(file, false);
}
