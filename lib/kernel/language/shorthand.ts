import { type ts, typescript } from "./tslab.js";

/** Text put into a line of a cell. */
interface Insertion {
  /** Offset in the original source. */
  readonly at: number;
  readonly text: string;
}

/**
 * A cell with its shorthand properties written out, `{ zoo }` as `{ zoo: zoo }`. tslab reaches variables of earlier
 * cells by rewriting their names, but overlooks shorthand, which then fails as "not defined". The word `export` before
 * a declaration is blanked, since tslab exports every name itself. Lines stay as they are.
 */
export class LonghandSource {
  readonly text: string;
  private readonly source: string;
  private readonly insertions: readonly Insertion[];

  constructor(file: ts.SourceFile) {
    this.source = file.text;
    const source = withoutExports(file);
    this.insertions = shorthands(file);
    let text = "";
    let done = 0;
    for (const { at, text: added } of this.insertions) {
      text += source.slice(done, at) + added;
      done = at;
    }
    this.text = text + source.slice(done);
  }

  /** Column in the original source of a column in `text`; lines and columns from 0. */
  originalColumn(line: number, column: number): number {
    const start = this.source.split("\n").slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
    let shift = 0;
    for (const { at, text } of this.insertions) {
      if (at >= start && at - start + shift < column)
        shift += Math.min(text.length, column - (at - start + shift));
    }
    return column - shift;
  }
}

function shorthands(file: ts.SourceFile): Insertion[] {
  const found: Insertion[] = [];
  const visit = (node: ts.Node): void => {
    if (typescript.isShorthandPropertyAssignment(node)) {
      found.push({ at: node.getStart(file), text: `${node.name.getText(file)}: ` });
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The cell's text with as many spaces in the place of each `export` of a declaration; default exports stay. */
function withoutExports(file: ts.SourceFile): string {
  let { text } = file;
  for (const statement of file.statements) {
    const modifiers = typescript.canHaveModifiers(statement)
      ? (typescript.getModifiers(statement) ?? [])
      : [];
    if (modifiers.some(({ kind }) => kind === typescript.SyntaxKind.DefaultKeyword)) continue;
    const word = modifiers.find(({ kind }) => kind === typescript.SyntaxKind.ExportKeyword);
    if (word) text = text.slice(0, word.getStart(file)) + " ".repeat(6) + text.slice(word.end);
  }
  return text;
}
