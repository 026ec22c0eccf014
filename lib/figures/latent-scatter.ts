import { checkOptions, SpecError } from "../core/errors.js";
import type { Matrix } from "../core/matrix.js";
import { checkPanels } from "./check-panels.js";
import { drawnRows, mostPoints } from "./drawn-rows.js";
import { type Figure, plain } from "./figure.js";
import { type ColorKey, colorKeys, keyHeight, keyParts } from "./latent-keys.js";
import { makeFigure } from "./make-figure.js";
import { paddedRange } from "./numbers.js";
import type { PlotlyAnnotation, PlotlyAxis, PlotlyTrace, ScatterTrace } from "./plotly.js";
import { axisSuffix, bareAxis, continuousScale, panelHeading } from "./style.js";

/** Rows in two dimensions, coloured by one fact. */
export interface LatentPanel {
  /** Heading, e.g. "EcD". */
  readonly name: string;
  /** [rows, 2]. */
  readonly points: Matrix;
  /** The fact, row by row: numbers get a colour bar, words a colour each. */
  readonly color: ArrayLike<number> | readonly string[];
  /** What the fact is, e.g. "test accuracy"; panels of one label share its colours. */
  readonly label: string;
}

export interface LatentScatterOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** What the axes are; "UMAP" by default. */
  readonly axis?: string;
}

const width = 760;
const left = 40;
const area = width - left - 22;
const gap = 34;
/** Between a panel and its key: the axis title and the fact's label. */
const labelRoom = 46;
/** Between rows: ticks of the upper row's colour bars and the headings of the lower row. */
const rowGap = 56;

/** Where a panel and its key stand, as shares of the plotting area, and their size in pixels. */
interface Place {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly key: readonly [number, number];
  readonly width: number;
}

/**
 * Rows of one or several zoos or representations in two dimensions (UMAP, PCA), each panel coloured by a fact with its
 * key below. Of more than 3,000 points in all, each panel draws a fixed random choice.
 * @throws SpecError "figure/empty" without panels; "figure/lengths" when points are not two columns or a colour is not one a row
 */
export function latentScatter(panels: readonly LatentPanel[], options: LatentScatterOptions): Figure {
  checkOptions(options, ["title", "subtitle", "axis"], "latentScatter");
  checkPanels(panels, "latentScatter");
  for (const panel of panels) checkPanel(panel);
  const most = Math.floor(mostPoints / panels.length);
  const keys = colorKeys(panels);
  const { places, plotHeight } = layOut(panels, keys);
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const data: PlotlyTrace[] = [];
  const annotations: PlotlyAnnotation[] = [];
  panels.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    const keySuffix = axisSuffix(panels.length + i);
    const { x, y, key: keyPlace, width: pixels } = places[i];
    const [xs, ys] = [0, 1].map((column) => columnOf(panel.points, column));
    const name = options.axis ?? "UMAP";
    const range = (values: number[]) => paddedRange(values, 0.04);
    axes[`xaxis${suffix}`] = bareAxis(`${name} 1`, { domain: x, anchor: `y${suffix}`, range: range(xs) });
    axes[`yaxis${suffix}`] = bareAxis(`${name} 2`, { domain: y, anchor: `x${suffix}`, range: range(ys) });
    data.push(...pointTraces(panel, keys[i], suffix, most));
    const key = keyParts(keys[i], { label: panel.label, suffix: keySuffix, x, y: keyPlace, pixels });
    axes[`xaxis${keySuffix}`] = key.xaxis;
    axes[`yaxis${keySuffix}`] = key.yaxis;
    data.push(...key.data);
    annotations.push(panelHeading(panel.name, suffix), ...key.annotations);
  });
  return makeFigure({
    title: options.title,
    subtitle: options.subtitle ?? describePoints(panels, most),
    alt: describe(panels, options.axis ?? "UMAP"),
    data,
    axes,
    left,
    plotHeight,
    bottom: 34,
    headings: true,
    annotations,
    coloraxis: { colorscale: continuousScale, cmin: 0, cmax: 1, showscale: false },
  });
}

function checkPanel({ name, points, color }: LatentPanel): void {
  if (points.cols === 2 && points.rows === color.length && points.rows > 0) return;
  const message = `latentScatter, panel "${name}": ${points.rows} x ${points.cols} points and ${color.length} colours; give points of two columns and one colour a row`;
  throw new SpecError("figure/lengths", message, { value: [points.rows, points.cols, color.length] });
}

/** Panels in rows of up to three, each above its key. */
function layOut(panels: readonly LatentPanel[], keys: readonly ColorKey[]) {
  const across = Math.min(panels.length, panels.length === 4 ? 2 : 3);
  const pixels = (area - gap * (across - 1)) / across;
  const height = Math.min(pixels, 320);
  const room = Math.max(...keys.map((key) => keyHeight(key, pixels)));
  const block = height + labelRoom + room;
  const rows = Math.ceil(panels.length / across);
  const plotHeight = rows * block + (rows - 1) * rowGap;
  const places = panels.map((_, i): Place => {
    const from = (i % across) * (pixels + gap);
    const top = Math.floor(i / across) * (block + rowGap);
    const share = (below: number) => Number((1 - below / plotHeight).toFixed(4));
    const under = top + height + labelRoom;
    return {
      x: [Number((from / area).toFixed(4)), Number(((from + pixels) / area).toFixed(4))],
      y: [share(top + height), share(top)],
      key: [share(under + keyHeight(keys[i], pixels)), share(under)],
      width: pixels,
    };
  });
  return { places, plotHeight };
}

function columnOf({ data, rows, cols }: Matrix, column: number): number[] {
  return Array.from({ length: rows }, (_, row) => data[row * cols + column]);
}

/** One trace for a continuous fact, one a category for a categorical one. */
function pointTraces(panel: LatentPanel, key: ColorKey, suffix: string, most: number): ScatterTrace[] {
  const { points, color, label } = panel;
  const rows = Array.from(drawnRows(points.rows, most));
  const size = rows.length > 1500 ? 3 : rows.length > 300 ? 4 : 6;
  const trace = (chosen: readonly number[]) =>
    ({
      type: "scatter",
      mode: "markers",
      x: chosen.map((row) => points.data[2 * row]),
      y: chosen.map((row) => points.data[2 * row + 1]),
      xaxis: `x${suffix}`,
      yaxis: `y${suffix}`,
      showlegend: false,
    }) as const;
  if (key.kind === "categories") {
    return key.names.map((name, i) => ({
      ...trace(rows.filter((row) => color[row] === name)),
      name: plain(name),
      marker: { color: key.colors[i], size, opacity: 0.8 },
      hovertemplate: `${plain(label)} ${plain(name)}<extra></extra>`,
    }));
  }
  const [low, high] = key.range;
  return [
    {
      ...trace(rows),
      customdata: rows.map((row) => Number(color[row])),
      marker: {
        color: rows.map((row) => (Number(color[row]) - low) / (high - low)),
        coloraxis: "coloraxis",
        size,
      },
      hovertemplate: `${plain(label)} %{customdata:.4g}<extra></extra>`,
    },
  ];
}

function describePoints(panels: readonly LatentPanel[], most: number): string {
  const total = Math.max(...panels.map(({ points }) => points.rows));
  const count = (rows: number) => rows.toLocaleString("en");
  return total > most
    ? `Each mark is a checkpoint; of ${count(total)}, a random ${count(most)} are drawn in each panel`
    : `Each mark is one of ${count(total)} checkpoints`;
}

function describe(panels: readonly LatentPanel[], axis: string): string {
  const parts = panels.map(
    ({ name, label, points }) => `${name}: ${points.rows} points coloured by ${label}`,
  );
  return `${axis} in two dimensions. ${parts.join(". ")}.`;
}
