import type { ScoreRow } from "../core/tables.js";
import type { Notebook } from "./runner/notebook.js";

/** Outputs of this type carry `{ rows: ScoreRow[] }`. */
export const scoreboardType = "application/vnd.weightbook.scoreboard+json";

/** A scoreboard's line with the notebook it comes from. */
export interface BoardRow extends ScoreRow {
  readonly notebook: string;
}

/** Lines of the scoreboards that a notebook's cells displayed, in order. */
export function scoreRows(notebook: Notebook, name: string): BoardRow[] {
  const rows: BoardRow[] = [];
  for (const cell of notebook.cells) {
    for (const output of cell.outputs) {
      const data = "data" in output ? output.data[scoreboardType] : undefined;
      const shown = (data as { rows?: ScoreRow[] } | undefined)?.rows ?? [];
      rows.push(...shown.map((row) => ({ ...row, notebook: name })));
    }
  }
  return rows;
}

/** A number as a table shows it: four significant digits, no exponent for everyday sizes. */
export function shownNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

export const boardColumns = ["claim", "published", "ours", "difference", "verdict", "setting"] as const;

/** A line's cells as text, in the order of `boardColumns`. */
export function boardCells(row: ScoreRow): string[] {
  const { claim, published, ours, difference, verdict, setting } = row;
  const signed = difference !== null && difference > 0 ? "+" : "";
  return [
    claim,
    shownNumber(published),
    shownNumber(ours),
    signed + shownNumber(difference),
    verdict === "none" ? "–" : verdict,
    setting,
  ];
}

/** The scoreboard as aligned text for a terminal. */
export function scoreboardText(rows: readonly ScoreRow[]): string {
  if (rows.length === 0) return "No notebook displayed a scoreboard.\n";
  const table = [[...boardColumns], ...rows.map(boardCells)];
  const widths = boardColumns.map((_, column) => Math.max(...table.map((line) => line[column].length)));
  const rightAligned = [false, true, true, true, false, false];
  const lines = table.map((line) =>
    line
      .map((text, column) =>
        rightAligned[column] ? text.padStart(widths[column]) : text.padEnd(widths[column]),
      )
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return `${lines.join("\n")}\n${verdictLine(rows)}\n`;
}

/** How many claims hold, fail or stay undecided, in a sentence. */
export function verdictLine(rows: readonly ScoreRow[]): string {
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  const verdicts = [
    `${count("holds")} of the claims hold`,
    `${count("fails")} fail`,
    `${count("undecided")} are undecided`,
  ];
  const numbers = count("none");
  const beside = numbers > 0 ? `; published numbers beside ours without a verdict: ${numbers}` : "";
  return `${verdicts.join(", ")}${beside}.`;
}
