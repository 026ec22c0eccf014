import { checkOptions, SpecError } from "../core/errors.js";
import type { ResultTable } from "../core/tables.js";
import type { Figure } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { paddedRange } from "./numbers.js";
import type { PlotlyAxis, ScatterTrace } from "./plotly.js";
import { axisSuffix, categoryPalette, house, houseAxis, panelDomains, panelHeading } from "./style.js";

/** A net's table of measures per space, as published and as measured here; either may be left out. */
export interface SpacePanel {
  /** E.g. "CNN". */
  readonly name: string;
  readonly published?: ResultTable;
  readonly ours?: ResultTable;
}

export interface SpaceCurvesOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What the y axis shows; the column's words by default. */
  readonly axis?: string;
}

/**
 * A measure (purity, ordered epochs, ordered first epochs) against the space it was computed in, from the full weight
 * space to five singular vectors: published as open marks, ours as filled ones with intervals (Tables 2 and 3 of the
 * trajectory papers as curves).
 * @throws SpecError when a table has no such column
 */
export function spaceCurves(
  panels: readonly SpacePanel[],
  column: string,
  options: SpaceCurvesOptions = {},
): Figure {
  checkOptions(options, ["title", "subtitle", "axis"], "spaceCurves");
  const words = options.axis ?? columnWords(column);
  const domains = panelDomains(panels.length, 0.12);
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const data = panels.flatMap((panel, i) => panelTraces(panel, column, axisSuffix(i), i === 0));
  const values = data.flatMap(({ y, error_y: bars }) =>
    Array.from(y as (number | null)[]).flatMap((value, i) =>
      value === null ? [] : [value + (bars?.array[i] ?? 0), value - (bars?.arrayminus[i] ?? 0)],
    ),
  );
  const isShare = values.every((value) => value >= -0.001 && value <= 1.001);
  panels.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    axes[`xaxis${suffix}`] = houseAxis("dimensions of the space", {
      type: "category",
      categoryarray: [
        ...new Set([panel.published, panel.ours].flatMap((table) => table?.rows.map(spaceLabel) ?? [])),
      ],
      domain: domains[i],
      anchor: `y${suffix}`,
      showgrid: false,
    });
    axes[`yaxis${suffix}`] = houseAxis(i === 0 ? words : "", {
      anchor: `x${suffix}`,
      range: isShare ? [0, 1.05] : [0, paddedRange(values)[1]],
    });
  });
  const labels = ["published", "measured here"].filter((name) => data.some((trace) => trace.name === name));
  return makeFigure({
    title: options.title ?? `Compressed weight space: ${words}`,
    subtitle:
      options.subtitle ??
      "Published values beside those measured here; bars are 95 percent intervals over models",
    alt: describe(data, panels, words),
    data,
    axes,
    plotHeight: 300,
    headings: true,
    annotations: panels.map(({ name }, i) => panelHeading(name, axisSuffix(i))),
    legend: { labels },
  });
}

/** "weights-1376" -> "all", "svd-50" -> "50"; other names stay. */
export function spaceLabel(row: string): string {
  if (/^(weights?|full)\b/.test(row)) return "all";
  return /^svd-(\d+)$/.exec(row)?.[1] ?? row;
}

/** "orderedEpochsFraction" -> "ordered epochs fraction". */
export function columnWords(column: string): string {
  return column
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
    .replaceAll("_", " ");
}

function panelTraces(panel: SpacePanel, column: string, suffix: string, listed: boolean): ScatterTrace[] {
  const place = { xaxis: `x${suffix}`, yaxis: `y${suffix}`, showlegend: listed };
  const found: ScatterTrace[] = [];
  if (panel.published) {
    found.push({
      ...curve(panel.published, column, "published", house.quiet),
      ...place,
      line: { color: house.quiet, width: 1.4, dash: "5px,3px" },
      marker: {
        color: house.quiet,
        size: 8,
        symbol: "circle-open",
        line: { width: 1.6, color: house.quiet },
      },
    });
  }
  if (panel.ours) found.push({ ...curve(panel.ours, column, "measured here", categoryPalette[0]), ...place });
  return found;
}

function curve(table: ResultTable, column: string, name: string, color: string): ScatterTrace {
  const index = table.columns.indexOf(column);
  if (index < 0) {
    throw new SpecError(
      "figure/column",
      `table "${table.id}" has no column "${column}"; it has ${table.columns.join(", ")}`,
      { value: column },
    );
  }
  const y = table.values.map((row) => row[index]);
  const length = (bound: ResultTable["low"], sign: number) =>
    y.map((value, i) => {
      const end = bound?.[i]?.[index];
      return value === null || end === null || end === undefined ? null : Math.max(0, sign * (end - value));
    });
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    x: table.rows.map(spaceLabel),
    y,
    line: { color, width: 2 },
    marker: { color, size: 8 },
    legendgroup: name,
    hovertemplate: `${name}, %{x}: %{y:.3f}<extra></extra>`,
    ...(table.low && table.high
      ? {
          error_y: {
            type: "data",
            symmetric: false,
            array: length(table.high, 1),
            arrayminus: length(table.low, -1),
            color,
            thickness: 1.4,
            width: 4,
          },
        }
      : {}),
  };
}

function describe(data: readonly ScatterTrace[], panels: readonly SpacePanel[], words: string): string {
  const parts = data.map((trace) => {
    const panel = panels[Number(trace.xaxis?.slice(1) || 1) - 1]?.name;
    const pairs = Array.from(trace.y as (number | null)[]).map(
      (value, i) => `${trace.x[i]} ${value === null ? "none" : Number(value.toPrecision(3))}`,
    );
    return `${panel}, ${trace.name}: ${pairs.join(", ")}`;
  });
  return `${words} per space. ${parts.join(". ")}.`;
}
