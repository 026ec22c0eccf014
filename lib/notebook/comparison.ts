import { checkOptions } from "../core/errors.js";
import { gridBundle } from "../core/grid.js";
import type { ResultTable, ScoreRow, Verdict } from "../core/tables.js";
import {
  type ComparisonOptions,
  claimsGrid,
  comparisonGrid,
  sharedColumns,
  toleranceOf,
} from "./comparison-grid.js";
import { display } from "./display.js";

/** MIME type under which a cell hands lines of the scoreboard to the runner: `{ rows: ScoreRow[] }`. */
export const scoreboardMime = "application/vnd.weightbook.scoreboard+json";

const known = ["setting", "source", "tolerance", "claims", "digits"];

/**
 * One line of the scoreboard for each published number that has a column in ours, in the order of the table.
 * @throws SpecError when the tables share no row or no column
 */
export function scoreRows(published: ResultTable, ours: ResultTable, options: ComparisonOptions): ScoreRow[] {
  checkOptions(options, known, "scoreRows");
  const columns = sharedColumns(published, ours);
  return published.rows.flatMap((row, r) => {
    const ourRow = ours.rows.indexOf(row);
    return columns.map(({ name, from, to }): ScoreRow => {
      const theirs = published.values[r][from];
      const value = ourRow < 0 ? null : ours.values[ourRow][to];
      const measured = value !== null && Number.isFinite(value) ? value : null;
      const difference =
        theirs === null || measured === null ? null : Number((measured - theirs).toPrecision(6));
      const interval = [ours.low?.[ourRow]?.[to], ours.high?.[ourRow]?.[to]] as const;
      return {
        claim: `${published.id} ${row} ${name}`,
        source: options.source,
        published: theirs,
        ours: measured,
        difference,
        verdict: judge(theirs, measured, interval, toleranceOf(options, name)),
        setting: options.setting,
      };
    });
  });
}

/**
 * Shows published numbers beside ours (with intervals), their differences and, where a tolerance was asked for, the
 * verdicts; the same output carries the lines of the scoreboard.
 * @returns the lines
 * @throws SpecError when the tables share no row or no column
 */
export function showComparison(
  published: ResultTable,
  ours: ResultTable,
  options: ComparisonOptions,
): ScoreRow[] {
  const rows = scoreRows(published, ours, options);
  const all = [...rows, ...(options.claims ?? [])];
  const parts = [gridBundle(comparisonGrid(published, ours, rows, options))];
  if (options.claims?.length) parts.push(gridBundle(claimsGrid(options.claims, "Claims")));
  display({
    [scoreboardMime]: { rows: all },
    "text/html": parts.map((part) => part["text/html"]).join(""),
    "text/plain": parts.map((part) => part["text/plain"]).join("\n\n"),
  });
  return all;
}

/** Shows claims with their verdicts and puts them on the scoreboard. */
export function showClaims(rows: readonly ScoreRow[], options: { readonly caption?: string } = {}): void {
  checkOptions(options, ["caption"], "showClaims");
  display({ [scoreboardMime]: { rows }, ...gridBundle(claimsGrid(rows, options.caption ?? "Claims")) });
}

function judge(
  published: number | null,
  ours: number | null,
  [low, high]: readonly [number | null | undefined, number | null | undefined],
  tolerance: number | undefined,
): Verdict {
  if (tolerance === undefined || published === null) return "none";
  if (ours === null) return "undecided";
  const least = (low ?? ours) - published;
  const most = (high ?? ours) - published;
  if (least >= -tolerance && most <= tolerance) return "holds";
  return least > tolerance || most < -tolerance ? "fails" : "undecided";
}
