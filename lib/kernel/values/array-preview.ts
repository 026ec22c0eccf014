import { gridHtml } from "../../core/grid.js";
import { moreNote } from "../../core/table-grids.js";

/** The entry at a row-major position, as text. */
export type EntryText = (index: number) => string;

/** Rows and columns of a matrix that are shown. */
const shownRows = 20;
const shownColumns = 12;

/** Entries shown along each axis: much of a list, a corner of a matrix, the first few of whatever has more axes. */
function shownAlong(axis: number, rank: number): number {
  if (rank === 1) return 30;
  if (rank === 2) return axis === 0 ? shownRows : shownColumns;
  return axis < rank - 2 ? 3 : 8;
}

/** A number in at most seven significant digits, which is what a float32 holds. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}

/** The first entries of an array of any rank in brackets, as NumPy prints one; what is left out is counted. */
export function bracketed(shape: readonly number[], entry: EntryText): string {
  const texts: string[] = [];
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      texts.push(entry(offset));
      return;
    }
    const count = Math.min(shape[axis], shownAlong(axis, shape.length));
    const step = shape.slice(axis + 1).reduce((size, length) => size * length, 1);
    for (let i = 0; i < count; i++) visit(axis + 1, offset + i * step);
  };
  visit(0, 0);
  const width = Math.max(0, ...texts.map((text) => text.length));
  let next = 0;
  const draw = (axis: number): string => {
    if (axis === shape.length) return texts[next++].padStart(shape.length > 1 ? width : 0);
    const count = Math.min(shape[axis], shownAlong(axis, shape.length));
    const parts = Array.from({ length: count }, () => draw(axis + 1));
    if (count < shape[axis]) parts.push(`... ${(shape[axis] - count).toLocaleString("en")} more`);
    return `[${parts.join(axis === shape.length - 1 ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
  };
  return draw(0);
}

/** The corner of a matrix as an HTML table with row and column numbers; nothing for an empty one. */
export function matrixHtml(caption: string, rows: number, columns: number, entry: EntryText): MimeHtml {
  if (rows === 0 || columns === 0) return {};
  const [height, width] = [Math.min(rows, shownRows), Math.min(columns, shownColumns)];
  const names = Array.from({ length: width }, (_, c) => String(c));
  return {
    "text/html": gridHtml({
      caption,
      columns: ["", ...names],
      rows: Array.from({ length: height }, (_, r) => [
        String(r),
        ...names.map((_, c) => entry(r * columns + c)),
      ]),
      isNumber: [true, ...names.map(() => true)],
      hasRowHeads: true,
      ...moreNote(rows - height, columns - width),
    }),
  };
}

interface MimeHtml {
  readonly "text/html"?: string;
}
