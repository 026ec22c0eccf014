import type { MimeBundle } from "./mime.js";
import { escapeXml } from "./xml.js";

/** One head cell over one or several columns. */
export interface HeadCell {
  readonly text: string;
  readonly span?: number;
}

/** A table as text cells, ready for HTML and for a terminal. */
export interface TextGrid {
  readonly caption: string;
  /** Names over groups of columns, where there are groups. */
  readonly groups?: readonly HeadCell[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers are aligned at the right. */
  readonly isNumber: readonly boolean[];
  /** The first column names its row. */
  readonly hasRowHeads: boolean;
  /** A line below the table. */
  readonly note?: string;
}

/** The table as HTML (caption, scopes) and as aligned text. */
export function gridBundle(grid: TextGrid): MimeBundle {
  return { "text/html": gridHtml(grid), "text/plain": gridText(grid) };
}

/** A table that screen readers can follow and that needs no style sheet. */
export function gridHtml(grid: TextGrid): string {
  const align = (column: number) => ` style="text-align:${grid.isNumber[column] ? "right" : "left"}"`;
  const groups = grid.groups
    ? `<tr>${grid.groups.map(({ text, span = 1 }) => groupHead(text, span)).join("")}</tr>`
    : "";
  const head = grid.columns.map((name, c) => `<th scope="col"${align(c)}>${escapeXml(name)}</th>`).join("");
  const body = grid.rows.map((row) => {
    const cells = row.map((text, c) =>
      c === 0 && grid.hasRowHeads
        ? `<th scope="row"${align(c)}>${escapeXml(text)}</th>`
        : `<td${align(c)}>${escapeXml(text)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  const caption = grid.caption ? `<caption style="text-align:left">${escapeXml(grid.caption)}</caption>` : "";
  const table = `<table>${caption}<thead>${groups}<tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
  return grid.note ? `${table}<p>${escapeXml(grid.note)}</p>` : table;
}

function groupHead(text: string, span: number): string {
  if (!text) return `<td colspan="${span}"></td>`;
  const scope = span > 1 ? "colgroup" : "col";
  return `<th scope="${scope}" colspan="${span}" style="text-align:left">${escapeXml(text)}</th>`;
}

/** The table in columns of even width. */
export function gridText(grid: TextGrid): string {
  const table = [grid.columns, ...grid.rows];
  const widths = grid.columns.map((_, c) => Math.max(...table.map((row) => [...row[c]].length)));
  const pad = (text: string, c: number) => {
    const spaces = " ".repeat(Math.max(0, widths[c] - [...text].length));
    return grid.isNumber[c] ? spaces + text : text + spaces;
  };
  const lines = table.map((row) => row.map(pad).join("  ").trimEnd());
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  if (grid.groups) lines.unshift(groupLine(grid.groups, widths));
  return [...(grid.caption ? [grid.caption] : []), ...lines, ...(grid.note ? [grid.note] : [])].join("\n");
}

function groupLine(groups: readonly HeadCell[], widths: readonly number[]): string {
  let column = 0;
  const parts = groups.map(({ text, span = 1 }) => {
    const covered = widths.slice(column, column + span);
    column += span;
    return text.padEnd(covered.reduce((sum, width) => sum + width, 0) + 2 * (span - 1));
  });
  return parts.join("  ").trimEnd();
}
