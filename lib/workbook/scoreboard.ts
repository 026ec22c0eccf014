import { formatDifference, formatValue } from "../core/format.js";
import { gridText, type TextGrid } from "../core/grid.js";
import type { ScoreRow } from "../core/tables.js";
import { scoreboardMime } from "../notebook/comparison.js";
import type { Notebook } from "./runner/notebook.js";

/** A scoreboard's line with the notebook it comes from. */
export interface BoardRow extends ScoreRow {
  readonly notebook: string;
}

/** Lines of the scoreboards that a notebook's cells displayed, in order. */
export function scoreRows(notebook: Notebook, name: string): BoardRow[] {
  const rows: BoardRow[] = [];
  for (const cell of notebook.cells) {
    for (const output of cell.outputs) {
      const data = "data" in output ? output.data[scoreboardMime] : undefined;
      const shown = (data as { rows?: ScoreRow[] } | undefined)?.rows ?? [];
      rows.push(...shown.map((row) => ({ ...row, notebook: name })));
    }
  }
  return rows;
}

/** Significant digits, as comparisons in notebooks have them. */
const digits = 3;

export const boardColumns = ["claim", "published", "ours", "difference", "verdict", "setting"] as const;

/** A line's cells as text, in the order of `boardColumns`. */
export function boardCells(row: ScoreRow): string[] {
  const { claim, published, ours, difference, verdict, setting } = row;
  return [
    claim,
    formatValue(published, digits),
    formatValue(ours, digits),
    formatDifference(difference, digits),
    verdict === "none" ? "–" : verdict,
    setting,
  ];
}

/** The scoreboard as aligned text for a terminal: the published numbers, then the claims, which stay in sight. */
export function scoreboardText(rows: readonly ScoreRow[]): string {
  if (rows.length === 0) return "No notebook displayed a scoreboard.\n";
  const claims = rows.filter((row) => row.verdict !== "none");
  const numbers = rows.filter((row) => row.verdict === "none");
  const grid: TextGrid = {
    caption: "",
    columns: boardColumns,
    rows: [...numbers, ...claims].map(boardCells),
    isNumber: [false, true, true, true, false, false],
    hasRowHeads: true,
    note: verdictLine(rows),
  };
  return `${gridText(grid)}\n`;
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
