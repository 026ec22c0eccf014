import { checkOptions, SpecError } from "../core/errors.js";
import type { ResultTable } from "../core/tables.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { paddedRange } from "./numbers.js";
import type { PlotlyAxis, PlotlyTrace, ScatterTrace } from "./plotly.js";
import { axisSuffix, categoryPalette, house, houseAxis, panelDomains, panelHeading } from "./style.js";
import { textWidth } from "./text.js";

export interface ScoreBarsOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** What has a panel of its own: each column of the table (default), or each row. */
  readonly panels?: "columns" | "rows";
  /** What the values are; "percent" by default. */
  readonly axis?: string;
  /** Ends of the values' axis, which all panels share; where the values end by default. Marks beyond are not drawn. */
  readonly range?: readonly [number, number];
  /** What the bars span; "95 percent intervals" by default. */
  readonly bars?: string;
}

const mostInARow = 4;
const lineHeight = 27;
/** Share of the width between panels: the last tick of one and the first of the next stay apart. */
const columnGap = 0.06;
/** Between rows of panels: ticks of the upper one and the heading of the lower one. */
const rowGap = 62;

/** A table turned so that a panel is a column. */
interface Sides {
  readonly panels: readonly string[];
  readonly lines: readonly string[];
  /** Of a line in a panel. */
  value(table: ResultTable["values"] | undefined, line: number, panel: number): number | null;
}

/**
 * A table of scores as published (open marks) and as measured here (filled, with bars for their spread): a dot plot
 * with one line for each row of the table and one panel for each column.
 * @param ours has the published table's rows and columns; `low` and `high` give the bars
 * @throws SpecError "figure/shape" when the tables differ in their rows or columns
 */
export function scoreBars(published: ResultTable, ours: ResultTable, options: ScoreBarsOptions): Figure {
  checkOptions(options, ["title", "subtitle", "panels", "axis", "range", "bars"], "scoreBars");
  checkShapes(published, ours);
  const sides = sidesOf(ours, options.panels ?? "columns");
  const tables = [published.values, ours.values, ours.low, ours.high];
  const range = options.range ?? paddedRange(tables.flatMap((table) => (table ?? []).flat()));
  const data = sides.panels.flatMap((_, panel) => panelTraces(published, ours, sides, panel));
  const height = sides.lines.length * lineHeight;
  const rows = Math.ceil(sides.panels.length / mostInARow);
  return makeFigure({
    title: options.title,
    subtitle:
      options.subtitle ??
      `Open marks are published, filled ones measured here${ours.low ? ` with ${options.bars ?? "95 percent intervals"}` : ""}`,
    alt: describe(published, ours),
    data,
    axes: gridAxes(sides, range, options.axis ?? "percent"),
    plotHeight: rows * height + (rows - 1) * rowGap,
    headings: true,
    left: 22 + Math.max(...sides.lines.map((line) => textWidth(line, house.tick))),
    annotations: sides.panels.map((name, i) => panelHeading(name, axisSuffix(i))),
    legend: { labels: ["published", "measured here"] },
  });
}

function checkShapes(published: ResultTable, ours: ResultTable): void {
  for (const side of ["rows", "columns"] as const) {
    if (published[side].join("\n") === ours[side].join("\n")) continue;
    const message = `scoreBars: table "${ours.id}" has the ${side} ${ours[side].join(", ")} but the published one ${published[side].join(", ")}; give both the same`;
    throw new SpecError("figure/shape", message, { value: ours[side] });
  }
}

function sidesOf({ rows, columns }: ResultTable, panels: "columns" | "rows"): Sides {
  return panels === "columns"
    ? { panels: columns, lines: rows, value: (table, line, panel) => table?.[line]?.[panel] ?? null }
    : { panels: rows, lines: columns, value: (table, line, panel) => table?.[panel]?.[line] ?? null };
}

/** Both marks of every line, the published one a little above, so that neither hides the other. */
function panelTraces(
  published: ResultTable,
  ours: ResultTable,
  { lines, value }: Sides,
  panel: number,
): PlotlyTrace[] {
  const suffix = axisSuffix(panel);
  const color = categoryPalette[0];
  const marks = (name: string, table: ResultTable, shift: number): Omit<ScatterTrace, "marker"> => ({
    type: "scatter",
    mode: "markers",
    name,
    x: lines.map((_, line) => value(table.values, line, panel)),
    y: lines.map((_, line) => line + shift),
    customdata: lines.map(plain),
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    legendgroup: name,
    showlegend: panel === 0,
    hovertemplate: `%{customdata}: ${name} %{x:.1f}<extra></extra>`,
  });
  const spans = lines.flatMap((_, line) => {
    const [low, high] = [value(ours.low, line, panel), value(ours.high, line, panel)];
    return low === null || high === null ? [] : [{ low, high, y: line + 0.14 }];
  });
  const open = {
    color: house.quiet,
    size: 8,
    symbol: "circle-open",
    line: { width: 1.6, color: house.quiet },
  } as const;
  return [
    { ...marks("published", published, -0.14), marker: open },
    {
      type: "scatter",
      mode: "lines",
      x: spans.flatMap(({ low, high }) => [low, high, null]),
      y: spans.flatMap(({ y }) => [y, y, null]),
      xaxis: `x${suffix}`,
      yaxis: `y${suffix}`,
      line: { color, width: 1.6 },
      showlegend: false,
      hoverinfo: "skip",
    },
    { ...marks("measured here", ours, 0.14), marker: { color, size: 7 } },
  ];
}

/** Panels in rows; the first of each row names the lines. */
function gridAxes({ panels, lines }: Sides, range: readonly [number, number], axis: string) {
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const rows = Math.ceil(panels.length / mostInARow);
  const across = panelDomains(Math.ceil(panels.length / rows), columnGap);
  const height = lines.length * lineHeight;
  const down = panelDomains(rows, rowGap / (rows * height + (rows - 1) * rowGap));
  panels.forEach((_, i) => {
    const [row, column] = [Math.floor(i / across.length), i % across.length];
    const suffix = axisSuffix(i);
    axes[`xaxis${suffix}`] = houseAxis(row === rows - 1 ? axis : "", {
      range,
      domain: across[column],
      anchor: `y${suffix}`,
      nticks: 4,
      tickangle: 0,
    });
    axes[`yaxis${suffix}`] = houseAxis("", {
      range: [lines.length - 0.5, -0.5],
      domain: down[rows - 1 - row],
      anchor: `x${suffix}`,
      tickvals: lines.map((_, line) => line),
      ticktext: lines.map(plain),
      showticklabels: column === 0,
      ticks: column === 0 ? "outside" : "",
    });
  });
  return axes;
}

function describe(published: ResultTable, ours: ResultTable): string {
  const parts = ours.rows.map((row, r) => {
    const cells = ours.columns.map((column, c) => {
      const [theirs, own] = [published.values[r]?.[c], ours.values[r]?.[c]].map((value) =>
        value === null || value === undefined ? "none" : Number(value.toPrecision(3)),
      );
      return `${column} ${theirs} and ${own}`;
    });
    return `${row}: ${cells.join(", ")}`;
  });
  return `Dot plot of ${ours.caption}, published and measured here. ${parts.join(". ")}.`;
}
