import { parseCell } from "./cell-syntax.js";
import { type ts, typescript } from "./tslab.js";

/** A string literal around the cursor; offsets without its quotes. */
export interface StringAtCursor {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Whether it names a module that is imported. */
  readonly isModuleName: boolean;
}

/** The string literal (also an unfinished one) in which `offset` lies. */
export function stringAtCursor(code: string, offset: number): StringAtCursor | undefined {
  const file = parseCell(code);
  const visit = (node: ts.Node): StringAtCursor | undefined => {
    if (offset < node.pos || offset > node.end) return undefined;
    if (!typescript.isStringLiteralLike(node)) return typescript.forEachChild(node, visit);
    const start = node.getStart(file) + 1;
    const end = Math.max(
      start,
      (node as { isUnterminated?: boolean }).isUnterminated ? node.end : node.end - 1,
    );
    if (offset < start || offset > end) return undefined;
    return { start, end, text: code.slice(start, end), isModuleName: namesModule(node) };
  };
  return visit(file);
}

function namesModule(node: ts.StringLiteralLike): boolean {
  const { parent } = node;
  if (typescript.isImportDeclaration(parent) || typescript.isExportDeclaration(parent)) return true;
  if (!typescript.isCallExpression(parent)) return false;
  const { expression } = parent;
  const isImport = expression.kind === typescript.SyntaxKind.ImportKeyword;
  return isImport || (typescript.isIdentifier(expression) && expression.text === "require");
}
