import { checkOptions, SpecError } from "../core/errors.js";
import { formatDifference, formatInterval, formatValue } from "../core/format.js";
import { gridBundle, type TextGrid } from "../core/grid.js";
import type { ResultTable, ScoreRow, Verdict } from "../core/tables.js";
import { display } from "./display.js";

/** MIME type under which a cell hands lines of the scoreboard to the runner: `{ rows: ScoreRow[] }`. */
export const scoreboardMime = "application/vnd.weightbook.scoreboard+json";

export interface ComparisonOptions {
  /** Size and data that ours was measured on, e.g. "50 seeds x 25 epochs, mnist 20,000". */
  readonly setting: string;
  /** Where the published table stands, e.g. "Table 2 (2020)". */
  readonly source: string;
  /**
   * Largest difference that counts as agreement, for all columns or by column; without it a number gets no verdict.
   * With an interval of ours: "holds" when all of it lies within the tolerance, "fails" when all of it lies outside,
   * "undecided" between.
   */
  readonly tolerance?: number | Readonly<Record<string, number>>;
  /** Claims of the same table (inequalities), shown below it and put on the scoreboard with it. */
  readonly claims?: readonly ScoreRow[];
  /** Significant digits, 3 by default. */
  readonly digits?: number;
}

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

function sharedColumns(published: ResultTable, ours: ResultTable) {
  const columns = published.columns
    .map((name, from) => ({ name, from, to: ours.columns.indexOf(name) }))
    .filter(({ to }) => to >= 0);
  if (columns.length === 0 || !published.rows.some((row) => ours.rows.includes(row))) {
    throw new SpecError(
      "comparison/disjoint",
      `"${published.id}" (rows ${published.rows.join(", ")}; columns ${published.columns.join(", ")}) and "${ours.id}" (rows ${ours.rows.join(", ")}; columns ${ours.columns.join(", ")}) share no row or no column; name ours as the paper does`,
      { value: ours.id },
    );
  }
  return columns;
}

function toleranceOf({ tolerance }: ComparisonOptions, column: string): number | undefined {
  return typeof tolerance === "number" ? tolerance : tolerance?.[column];
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

function comparisonGrid(
  published: ResultTable,
  ours: ResultTable,
  scores: readonly ScoreRow[],
  options: ComparisonOptions,
): TextGrid {
  const digits = options.digits ?? 3;
  const columns = sharedColumns(published, ours);
  const judged = columns.map(({ name }) => toleranceOf(options, name) !== undefined);
  const rows = published.rows.map((row, r) => {
    const ourRow = ours.rows.indexOf(row);
    const cells = columns.flatMap(({ to }, c) => {
      const score = scores[r * columns.length + c];
      const interval = formatInterval(
        score.ours,
        ours.low?.[ourRow]?.[to],
        ours.high?.[ourRow]?.[to],
        digits,
      );
      const difference = formatDifference(score.difference, digits);
      return [
        formatValue(score.published, digits),
        interval,
        difference,
        ...(judged[c] ? [verdictText(score.verdict)] : []),
      ];
    });
    return [row, ...cells];
  });
  const parts = columns.map((_, c) => ["published", "ours", "difference", ...(judged[c] ? ["verdict"] : [])]);
  return {
    caption: `${published.caption}: published (${options.source}) against ours (${options.setting})`,
    groups: [{ text: "" }, ...columns.map(({ name }, c) => ({ text: name, span: parts[c].length }))],
    columns: [published.rowKey, ...parts.flat()],
    rows,
    isNumber: [false, ...parts.flat().map((name) => name !== "verdict")],
    hasRowHeads: true,
    ...(ours.low ? { note: "In brackets: 95 percent bootstrap intervals." } : {}),
  };
}

function claimsGrid(rows: readonly ScoreRow[], caption: string): TextGrid {
  return {
    caption,
    columns: ["claim", "source", "published", "ours", "difference", "verdict", "setting"],
    rows: rows.map((row) => [
      row.claim,
      row.source,
      formatValue(row.published),
      formatValue(row.ours),
      formatDifference(row.difference),
      verdictText(row.verdict),
      row.setting,
    ]),
    isNumber: [false, false, true, true, true, false, false],
    hasRowHeads: true,
  };
}

/** A sign beside the word, so that nothing hangs on colour. */
function verdictText(verdict: Verdict): string {
  return { holds: "✓ holds", fails: "✗ fails", undecided: "? undecided", none: "–" }[verdict];
}
