import { checkOptions, SpecError } from "../core/errors.js";
import { checkPanels } from "./check-panels.js";
import { mixColors } from "./color.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import type { BarTrace, PlotlyAxis, PlotlyShape } from "./plotly.js";
import { axisSuffix, categoryPalette, house, houseAxis, panelDomains, panelHeading } from "./style.js";
import { wrapText } from "./text.js";

/** A bar with the length of its error bar to either side. */
export interface GroupedBar {
  readonly value: number;
  readonly deviation?: number;
}

/** One panel, e.g. one task. */
export interface BarPanel {
  readonly name: string;
  /** By group, e.g. representation: bars by what `series` names; null where there is none. */
  readonly values: readonly (readonly (GroupedBar | null)[])[];
  /** Drawn as a dashed line, e.g. what a guess reaches. */
  readonly baseline?: number;
}

export interface GroupedBarsOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** Names of the groups, which all panels share. */
  readonly groups: readonly string[];
  /** Names of the bars of a group, e.g. sizes. */
  readonly series: readonly string[];
  /** What the series are, e.g. "dimensions". */
  readonly seriesKey: string;
  /** What the values are; "percent" by default. */
  readonly axis?: string;
}

const panelHeight = 96;
const rowGap = 30;
/** Width of the panels beside a wide legend. */
const narrowPlot = 570;

/**
 * Bars in groups with error bars, one panel below the other, on one scale from zero.
 * @throws SpecError "figure/empty" without panels; "figure/shape" when values are not groups x series
 */
export function groupedBars(panels: readonly BarPanel[], options: GroupedBarsOptions): Figure {
  checkOptions(options, ["title", "subtitle", "groups", "series", "seriesKey", "axis"], "groupedBars");
  checkPanels(panels, "groupedBars");
  for (const panel of panels) checkShape(panel, options);
  const { groups, series } = options;
  const plotHeight = panels.length * panelHeight + (panels.length - 1) * rowGap;
  const down = panelDomains(panels.length, panels.length > 1 ? rowGap / plotHeight : 0);
  const ends = panels.flatMap(({ values, baseline = 0 }) => [
    baseline,
    ...values.flat().map((bar) => (bar ? bar.value + (bar.deviation ?? 0) : 0)),
  ]);
  const top = 1.05 * Math.max(...ends, 1e-9);
  // Names of many groups break into lines.
  const names = groups.map((name) => wrapText(name, narrowPlot / groups.length - 6, house.tick));
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const data: BarTrace[] = [];
  const shapes: PlotlyShape[] = [];
  panels.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    const isLowest = i === panels.length - 1;
    axes[`xaxis${suffix}`] = houseAxis("", {
      range: [-0.5, groups.length - 0.5],
      anchor: `y${suffix}`,
      tickvals: groups.map((_, g) => g),
      ticktext: names.map((lines) => lines.map(plain).join("<br>")),
      tickangle: 0,
      showgrid: false,
      showticklabels: isLowest,
      ticks: "",
    });
    axes[`yaxis${suffix}`] = houseAxis(
      i === Math.floor(panels.length / 2) ? (options.axis ?? "percent") : "",
      {
        range: [0, top],
        domain: down[panels.length - 1 - i],
        anchor: `x${suffix}`,
        nticks: 4,
      },
    );
    data.push(...series.map((_, s) => barTrace(panel, s, options, i)));
    if (panel.baseline !== undefined) {
      const at = { y0: panel.baseline, y1: panel.baseline, yref: `y${suffix}` };
      const line = { color: house.quiet, width: 1, dash: "4,3" };
      shapes.push({ type: "line", x0: -0.5, x1: groups.length - 0.5, xref: `x${suffix}`, ...at, line });
    }
  });
  return makeFigure({
    title: options.title,
    subtitle: options.subtitle ?? defaultSubtitle(panels, options),
    alt: describe(panels, options),
    data,
    axes,
    plotHeight,
    bottom: Math.round(34 + (Math.max(...names.map(({ length }) => length)) - 1) * house.tick * 1.3),
    headings: true,
    shapes,
    annotations: panels.map(({ name }, i) => panelHeading(name, axisSuffix(i))),
    legend: { labels: series, title: options.seriesKey },
    width: 860,
    more: { barmode: "overlay" },
  });
}

function defaultSubtitle(panels: readonly BarPanel[], { axis = "percent" }: GroupedBarsOptions): string {
  const hasDeviations = panels.some(({ values }) =>
    values.flat().some((bar) => bar?.deviation !== undefined),
  );
  return hasDeviations ? "Error bars are standard deviations" : `Bars show ${axis}`;
}

function checkShape({ name, values }: BarPanel, { groups, series }: GroupedBarsOptions): void {
  if (values.length === groups.length && values.every((bars) => bars.length === series.length)) return;
  const message = `groupedBars, panel "${name}": the values are not ${groups.length} groups of ${series.length} bars; give null where there is no bar`;
  throw new SpecError("figure/shape", message, { value: name });
}

/** One series of a panel; bars of a group stand side by side, the first the palest. */
function barTrace(panel: BarPanel, s: number, { series }: GroupedBarsOptions, index: number): BarTrace {
  const width = 0.78 / series.length;
  const bars = panel.values.flatMap((own, group) => {
    const bar = own[s];
    return bar ? [{ ...bar, x: group + (s - (series.length - 1) / 2) * width }] : [];
  });
  const lengths = bars.map(({ deviation }) => deviation ?? null);
  const share = series.length > 1 ? 0.65 * (1 - s / (series.length - 1)) : 0;
  return {
    type: "bar",
    name: plain(series[s]),
    legendgroup: series[s],
    showlegend: index === 0,
    x: bars.map(({ x }) => x),
    y: bars.map(({ value }) => value),
    width: 0.9 * width,
    marker: { color: mixColors(categoryPalette[0], house.paper, share) },
    error_y: {
      type: "data",
      symmetric: false,
      array: lengths,
      arrayminus: lengths,
      color: house.ink,
      thickness: 1.2,
      width: 3,
    },
    xaxis: `x${axisSuffix(index)}`,
    yaxis: `y${axisSuffix(index)}`,
    hovertemplate: `${plain(series[s])}: %{y:.1f}<extra></extra>`,
  };
}

function describe(panels: readonly BarPanel[], { groups, series }: GroupedBarsOptions): string {
  const parts = panels.map(({ name, values }) => {
    const told = values.map((bars, g) => {
      const shown = bars.flatMap((bar, s) => (bar ? [`${bar.value.toFixed(1)} (${series[s]})`] : []));
      return `${groups[g]} ${shown.join(", ")}`;
    });
    return `${name}: ${told.join("; ")}`;
  });
  return `Bars in groups. ${parts.join(". ")}.`;
}
