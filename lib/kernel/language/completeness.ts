import { indentAtEnd } from "./indentation.js";
import { type ts, typescript } from "./tslab.js";

/** Whether code can be run as it stands, as Jupyter's `is_complete_reply` tells it. */
export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid" | "unknown";
  /** What the next line should begin with, for incomplete code. */
  readonly indent?: string;
}

/** Makes code a module, in which `await` may stand outside of functions; on one line with the code. */
const modulePrefix = "export {};";

/** Codes of TypeScript's complaints about text that ends too early, though nothing added behind it can help. */
const hopeless = [
  1002, // Unterminated string literal
  1124, // Digit expected
  1161, // Unterminated regular expression literal
];

/** Tells from the parser's complaints whether code is finished: those at its very end ask for more. */
export function completeness(code: string): Completeness {
  try {
    const file = parse(code);
    const problems = problemsOf(file);
    if (problems.length === 0 && !asksForMore(file)) return { status: "complete" };
    const isUnfinished = problems.every((problem) => isAtEnd(file, problem)) || isLoneKeyword(code);
    // Empty lines end the input of a console: code that still asks for more is then wrong.
    const isForced = /\n[ \t]*\n[ \t]*\n[ \t]*$/.test(code) && !isOpenText(problems);
    if (!isUnfinished || isForced) return { status: "invalid" };
    return {
      status: "incomplete",
      indent: indentAtEnd(
        file,
        problems.map(({ code }) => code),
      ),
    };
  } catch {
    return { status: "unknown" };
  }
}

function parse(code: string): ts.SourceFile {
  return typescript.createSourceFile("cell.ts", modulePrefix + code, typescript.ScriptTarget.Latest, true);
}

function problemsOf(file: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  return (file as ts.SourceFile & { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] })
    .parseDiagnostics;
}

function isAtEnd(file: ts.SourceFile, { start, code }: ts.DiagnosticWithLocation): boolean {
  return start >= file.endOfFileToken.getFullStart() && !hopeless.includes(code);
}

/** Inside a template literal or a comment, empty lines are text like any other. */
function isOpenText(problems: readonly ts.DiagnosticWithLocation[]): boolean {
  return problems.some(({ code }) => code === 1160 || code === 1010);
}

/** `import` and `export` alone: TypeScript complains about the word, not about the end. */
function isLoneKeyword(code: string): boolean {
  return /(^|[;\n])\s*(import|export|export default|import type|export declare)\s*$/.test(code);
}

/** What the parser accepts and the language does not: declarations that lack their last part. */
function asksForMore(file: ts.SourceFile): boolean {
  let last: ts.Node | undefined = file.statements.at(-1);
  while (last && (typescript.isIterationStatement(last, false) || typescript.isLabeledStatement(last))) {
    last = last.statement;
  }
  if (!last || file.text.trimEnd().endsWith(";")) return false;
  if (typescript.isFunctionDeclaration(last)) {
    const isDeclared = last.modifiers?.some(({ kind }) => kind === typescript.SyntaxKind.DeclareKeyword);
    return !last.body && !isDeclared;
  }
  if (!typescript.isVariableStatement(last)) return false;
  const { declarations } = last.declarationList;
  const final = declarations.at(-1);
  if (!final || declarations.hasTrailingComma) return true;
  return !typescript.isIdentifier(final.name) && !final.initializer;
}
