import { SpecError } from "../core/errors.js";
import { formatDifference, formatInterval, formatValue, noNumber } from "../core/format.js";
import type { TextGrid } from "../core/grid.js";
import type { ResultTable, ScoreRow, Verdict } from "../core/tables.js";

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

/** With more columns than this, what belongs to a value stands below it and not beside it. */
const mostBeside = 4;
/** A setting that all claims share goes into the caption when it is longer than this. */
const longSetting = 60;

/** The columns that both tables have. @throws SpecError when they share no row or no column */
export function sharedColumns(published: ResultTable, ours: ResultTable) {
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

export function toleranceOf({ tolerance }: ComparisonOptions, column: string): number | undefined {
  return typeof tolerance === "number" ? tolerance : tolerance?.[column];
}

/** Published numbers, ours and their differences as one table. */
export function comparisonGrid(
  published: ResultTable,
  ours: ResultTable,
  scores: readonly ScoreRow[],
  options: ComparisonOptions,
): TextGrid {
  const isWide = sharedColumns(published, ours).length > mostBeside;
  return (isWide ? gridBelow : gridBeside)(published, ours, scores, options);
}

/** A line for each part of a row: published, ours, interval, difference, verdict. */
function gridBelow(
  published: ResultTable,
  ours: ResultTable,
  scores: readonly ScoreRow[],
  options: ComparisonOptions,
): TextGrid {
  const digits = options.digits ?? 3;
  const columns = sharedColumns(published, ours);
  const isJudged = columns.some(({ name }) => toleranceOf(options, name) !== undefined);
  const rows = published.rows.flatMap((row, r) => {
    const ourRow = ours.rows.indexOf(row);
    const own = scores.slice(r * columns.length, (r + 1) * columns.length);
    const interval = ({ to }: { to: number }) =>
      rangeText(ours.low?.[ourRow]?.[to], ours.high?.[ourRow]?.[to], digits);
    const lines: [string, string[]][] = [
      ["published", own.map((score) => formatValue(score.published, digits))],
      ["ours", own.map((score) => formatValue(score.ours, digits))],
      ...(ours.low ? [["95 %", columns.map(interval)] as [string, string[]]] : []),
      ["difference", own.map((score) => formatDifference(score.difference, digits))],
      ...(isJudged
        ? [["verdict", own.map(({ verdict }) => verdictText(verdict))] as [string, string[]]]
        : []),
    ];
    return lines.map(([name, cells]) => [row, name, ...cells]);
  });
  return {
    caption: captionOf(published, options),
    columns: [published.rowKey, "score", ...columns.map(({ name }) => name)],
    rows,
    isNumber: [false, false, ...columns.map(() => true)],
    hasRowHeads: true,
    ...(ours.low ? { note: "95 %: bootstrap intervals." } : {}),
  };
}

function rangeText(low: number | null | undefined, high: number | null | undefined, digits: number): string {
  if (low === null || low === undefined || high === null || high === undefined) return noNumber;
  return `${formatValue(low, digits)} to ${formatValue(high, digits)}`;
}

function captionOf(published: ResultTable, { source, setting }: ComparisonOptions): string {
  return `${published.caption}: published (${source}) against ours (${setting})`;
}

/** The parts of a value beside each other. */
function gridBeside(
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
    caption: captionOf(published, options),
    groups: [{ text: "" }, ...columns.map(({ name }, c) => ({ text: name, span: parts[c].length }))],
    columns: [published.rowKey, ...parts.flat()],
    rows,
    isNumber: [false, ...parts.flat().map((name) => name !== "verdict")],
    hasRowHeads: true,
    ...(ours.low ? { note: "In brackets: 95 percent bootstrap intervals." } : {}),
  };
}

/** Claims with their verdicts. */
export function claimsGrid(rows: readonly ScoreRow[], caption: string): TextGrid {
  const [first] = rows;
  const isShared =
    rows.every(({ setting }) => setting === first.setting) && first?.setting.length > longSetting;
  const names = ["claim", "source", "published", "ours", "difference", "verdict"];
  return {
    caption: isShared ? `${caption}: ${first.setting}` : caption,
    columns: isShared ? names : [...names, "setting"],
    rows: rows.map((row) => [
      row.claim,
      row.source,
      formatValue(row.published),
      formatValue(row.ours),
      formatDifference(row.difference),
      verdictText(row.verdict),
      ...(isShared ? [] : [row.setting]),
    ]),
    isNumber: [false, false, true, true, true, false, ...(isShared ? [] : [false])],
    hasRowHeads: true,
  };
}

/** A sign beside the word, so that nothing hangs on colour. */
function verdictText(verdict: Verdict): string {
  return { holds: "✓ holds", fails: "✗ fails", undecided: "? undecided", none: "–" }[verdict];
}
