import { checkOptions, SpecError } from "../core/errors.js";
import { checkPanels } from "./check-panels.js";
import type { Figure } from "./figure.js";
import { headingRoom, makeFigure } from "./make-figure.js";
import type { PlotlyAxis, PlotlyTrace, ScatterTrace } from "./plotly.js";
import {
  axisSuffix,
  categoryPalette,
  continuousScale,
  headingLines,
  houseAxis,
  houseColorAxis,
  panelDomains,
  panelHeading,
} from "./style.js";

/** A descriptor: histograms of the windows of a weight vector, one after the other. */
export interface DescriptorPanel {
  readonly name: string;
  /** windows x bins, window by window. */
  readonly values: ArrayLike<number>;
}

export interface DescriptorFigureOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** As many windows as bins by default. */
  readonly windows?: number;
  /** Ends of the bins; -5 and 5 by default, as published. */
  readonly range?: readonly [number, number];
  /** Draws histograms above the colour maps. Default true; rows of mean descriptors may do without. */
  readonly histograms?: boolean;
}

const mostInARow = 3;
const side = 150;
const inner = 26;
/** Of all panels together: the figure without its margins. */
const panelsWidth = 598;
/** Between rows: ticks of the upper one. */
const tickRoom = 32;

/**
 * Descriptors as rows of histograms, the first window on top, each above its colour map (Fig. 2 of Eilertsen et al. 2024).
 * Colours are square roots of the shares, since one bin often holds most weights.
 * @throws SpecError "figure/empty" without panels; "figure/shape" when the values are not windows x bins
 */
export function descriptorFigure(
  panels: readonly DescriptorPanel[],
  options: DescriptorFigureOptions,
): Figure {
  checkOptions(options, ["title", "subtitle", "windows", "range", "histograms"], "descriptorFigure");
  checkPanels(panels, "descriptorFigure");
  const { range = [-5, 5], histograms = true } = options;
  const windows = options.windows ?? Math.round(Math.sqrt(panels[0].values.length));
  const bins = panels[0].values.length / windows;
  for (const panel of panels) checkShape(panel, windows, bins);
  const most = Math.max(...panels.map(({ values }) => largest(values)), 1e-9);
  const across = Math.min(mostInARow, panels.length);
  const lines = Math.ceil(panels.length / across);
  // A heading may be as wide as its panel, less a little for the gap.
  const headingWidth = panelsWidth / across - 14;
  const headingRows = Math.max(...panels.map(({ name }) => headingLines(name, headingWidth).length));
  const rowGap = tickRoom + headingRoom(headingRows);
  const block = histograms ? 2 * side + inner : side;
  const plotHeight = lines * block + (lines - 1) * rowGap;
  const wide = panelDomains(across, 0.05);
  const share = (below: number) => Number((1 - below / plotHeight).toFixed(4));
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const data: PlotlyTrace[] = [];
  const headings: string[] = [];
  const place = (index: number, top: number, panel: number, isMap: boolean) => {
    const suffix = axisSuffix(index);
    const isFirst = panel % across === 0;
    axes[`xaxis${suffix}`] = houseAxis(isMap && panel + across >= panels.length ? "weight" : "", {
      domain: wide[panel % across],
      anchor: `y${suffix}`,
      range,
      nticks: 3,
      showgrid: false,
      showticklabels: isMap,
      tickangle: 0,
    });
    axes[`yaxis${suffix}`] = houseAxis(isFirst ? "window" : "", {
      domain: [share(top + side), share(top)],
      anchor: `x${suffix}`,
      range: [windows - 0.5, isMap ? -0.5 : -2.2],
      tickvals: [0, windows - 1],
      ticktext: ["1", String(windows)],
      showgrid: false,
      showticklabels: isFirst,
    });
    return suffix;
  };
  panels.forEach(({ values }, i) => {
    const top = Math.floor(i / across) * (block + rowGap);
    const first = histograms ? 2 * i : i;
    headings.push(axisSuffix(first));
    if (histograms)
      data.push(histogramRows(values, { windows, bins, range, most }, place(first, top, i, false)));
    const map = place(histograms ? first + 1 : first, top + block - side, i, true);
    data.push(colorMap(values, { windows, bins, range, most }, map));
  });
  return makeFigure({
    title: options.title,
    subtitle:
      options.subtitle ??
      "Histograms of the weights in consecutive windows, the first window on top; colours are square roots of shares",
    alt: `${panels.length} descriptors of ${windows} windows and ${bins} bins from ${range[0]} to ${range[1]}: ${panels.map(({ name }) => name).join(", ")}.`,
    data,
    axes,
    plotHeight,
    headings: headingRows,
    annotations: panels.map(({ name }, i) => panelHeading(name, headings[i], headingWidth)),
    coloraxis: houseColorAxis("square root of share", [0, Math.sqrt(most)]),
  });
}

interface Grid {
  readonly windows: number;
  readonly bins: number;
  readonly range: readonly [number, number];
  readonly most: number;
}

function checkShape({ name, values }: DescriptorPanel, windows: number, bins: number): void {
  if (Number.isInteger(bins) && values.length === windows * bins && values.length > 0) return;
  const message = `descriptorFigure, panel "${name}": ${values.length} values are not ${windows} windows of ${bins} bins; give all descriptors one size, and its number of windows`;
  throw new SpecError("figure/shape", message, { value: values.length });
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, value), 0);
}

/** Middle of a bin. */
function middle(bin: number, { bins, range: [low, high] }: Grid): number {
  return low + ((bin + 0.5) * (high - low)) / bins;
}

/** A line a window: the higher the larger the bin's share, up to three windows high. */
function histogramRows(values: ArrayLike<number>, grid: Grid, suffix: string): ScatterTrace {
  const { windows, bins, most } = grid;
  const rows = Array.from({ length: windows }, (_, w) => w);
  const columns = Array.from({ length: bins }, (_, b) => b);
  return {
    type: "scatter",
    mode: "lines",
    x: rows.flatMap(() => [...columns.map((b) => middle(b, grid)), null]),
    y: rows.flatMap((w) => [...columns.map((b) => w - (3 * values[w * bins + b]) / most), null]),
    line: { color: categoryPalette[0], width: 1 },
    showlegend: false,
    hoverinfo: "skip",
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}

function colorMap(values: ArrayLike<number>, grid: Grid, suffix: string): PlotlyTrace {
  const { windows, bins } = grid;
  const columns = Array.from({ length: bins }, (_, b) => b);
  return {
    type: "heatmap",
    z: Array.from({ length: windows }, (_, w) =>
      columns.map((b) => Math.sqrt(Math.max(0, values[w * bins + b]))),
    ),
    x: columns.map((b) => middle(b, grid)),
    y: Array.from({ length: windows }, (_, w) => w),
    coloraxis: "coloraxis",
    colorscale: continuousScale,
    hoverinfo: "skip",
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}
