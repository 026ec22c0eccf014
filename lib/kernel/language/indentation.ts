import { type ts, typescript } from "./tslab.js";

const { SyntaxKind } = typescript;
const opening = [
  SyntaxKind.OpenBraceToken,
  SyntaxKind.OpenParenToken,
  SyntaxKind.OpenBracketToken,
  SyntaxKind.TemplateHead,
];
const closing = [
  SyntaxKind.CloseBraceToken,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.TemplateTail,
];

/**
 * What the line after unfinished code should begin with: one step deeper than the line of the last open bracket, or,
 * where lines were written since, like the last of them.
 * @param problems codes of the parser's complaints
 */
export function indentAtEnd(file: ts.SourceFile, problems: readonly number[]): string {
  // Inside a template literal, space would become part of the text.
  if (problems.includes(1160)) return "";
  const { text } = file;
  const lines = text.split("\n");
  let lastLine = lines.length - 1;
  while (lastLine > 0 && lines[lastLine].trim() === "") lastLine--;
  const current = /^[ \t]*/.exec(lines[lastLine].replace(/^export \{\};/, ""))![0];
  if (problems.includes(1010)) return current;
  const step = /^(\t|(?: {2}){1,4}(?=\S))/m.exec(text)?.[0] ?? "  ";
  const bracket = openBrackets(file).at(-1);
  if (bracket === undefined) return continues(file) ? current + step : current;
  const bracketLine = text.slice(0, bracket).split("\n").length - 1;
  return bracketLine === lastLine ? current + step : current;
}

/** Whether the next line goes on with an expression or is a branch's statement, rather than opening a block. */
function continues(file: ts.SourceFile): boolean {
  const text = file.text.trimEnd();
  const last = file.statements.at(-1);
  const lacksBlock =
    last !== undefined &&
    (typescript.isFunctionDeclaration(last) ||
      typescript.isClassDeclaration(last) ||
      typescript.isInterfaceDeclaration(last) ||
      typescript.isEnumDeclaration(last) ||
      typescript.isModuleDeclaration(last) ||
      typescript.isTryStatement(last));
  return !lacksBlock && !/@[\w$.]+(\([^()]*\))?$/.test(text);
}

/** Offsets of the brackets that are still open at the end, outermost first. */
function openBrackets(file: ts.SourceFile): number[] {
  const open: number[] = [];
  const visit = (node: ts.Node): void => {
    const isMissing = node.getStart(file) === node.end;
    if (opening.includes(node.kind)) {
      if (!isMissing) open.push(node.getStart(file));
    } else if (closing.includes(node.kind)) {
      if (!isMissing) open.pop();
    } else for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return open;
}
