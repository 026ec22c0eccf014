import { type SyntaxNode, typescript } from "./tslab.js";

/** Text put into a line of a cell. */
interface Insertion {
  /** Offset in the original source. */
  readonly at: number;
  readonly text: string;
}

/**
 * A cell with its shorthand properties written out, `{ zoo }` as `{ zoo: zoo }`. tslab reaches variables of earlier
 * cells by rewriting their names, but overlooks shorthand, which then fails as "not defined". Lines stay as they are.
 */
export class LonghandSource {
  readonly text: string;
  private readonly insertions: readonly Insertion[];

  constructor(private readonly source: string) {
    this.insertions = shorthands(source);
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

function shorthands(source: string): Insertion[] {
  const found: Insertion[] = [];
  const file = typescript.createSourceFile("cell.ts", source, typescript.ScriptTarget.Latest, true);
  const visit = (node: SyntaxNode): void => {
    if (node.kind === typescript.SyntaxKind.ShorthandPropertyAssignment && node.name) {
      found.push({ at: node.getStart(file), text: `${node.name.getText(file)}: ` });
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
