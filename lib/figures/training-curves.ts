import { checkOptions } from "../core/errors.js";
import { checkPanels } from "./check-panels.js";
import { curveTraces } from "./curve-traces.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent, logTicks } from "./numbers.js";
import type { PlotlyAnnotation, PlotlyAxis, PlotlyShape, ScatterTrace } from "./plotly.js";
import { axisSuffix, categoryPalette, house, houseAxis, panelDomains, panelHeading } from "./style.js";

/** One point of a training's curve. */
export interface TrainingPoint {
  /** Epochs, seconds or steps since the start. */
  readonly x: number;
  readonly y: number;
  /** Ends of a band, e.g. over two seeds; a curve has them at all its points or at none. */
  readonly low?: number;
  readonly high?: number;
}

/** One panel of trainings that are measured alike. */
export interface TrainingPanel {
  /** Heading, e.g. "reconstruction R2, test". */
  readonly name: string;
  /** Name of each training, e.g. "EcD", with its points; equal names in several panels are drawn alike. */
  readonly curves: readonly { readonly name: string; readonly points: readonly TrainingPoint[] }[];
  /** Values to compare with, drawn across: "published 96.1", "s(W) 81". */
  readonly references?: readonly { readonly label: string; readonly value: number }[];
  /** What the y axis shows, with its unit; nothing by default, as the heading says it. */
  readonly axis?: string;
  /** Ends of the y axis; where the values end by default. A wild start of a curve is cut off by it. */
  readonly range?: readonly [number, number];
}

export interface TrainingCurvesOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** What the curves run over. */
  readonly x: "epoch" | "minutes" | "seconds" | "steps" | "beta";
  /** Of the x axis, "linear" by default; "log" leaves out points at 0. */
  readonly scale?: "linear" | "log";
}

/** Beside the colour, so that curves are told apart in gray too. */
const dashes = [undefined, "7px,3px", "2px,2px", "9px,3px,2px,3px"];

const plotHeight = 290;

/**
 * Scores of several trainings while they run, in panels beside each other, with lines to compare them with.
 * @throws SpecError "figure/empty" without panels, or for an unknown option
 */
export function trainingCurves(panels: readonly TrainingPanel[], options: TrainingCurvesOptions): Figure {
  checkOptions(options, ["title", "subtitle", "x", "scale"], "trainingCurves");
  checkPanels(panels, "trainingCurves");
  const isLog = options.scale === "log";
  const names = [...new Set(panels.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  const domains = panelDomains(panels.length, panels.length > 2 ? 0.1 : 0.13);
  const shown = panels.map((panel) => (isLog ? withoutStart(panel) : panel));
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const listed = new Set<string>();
  const data: ScatterTrace[] = [];
  shown.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    axes[`xaxis${suffix}`] = houseAxis(options.x, {
      domain: domains[i],
      anchor: `y${suffix}`,
      ...runAxis(shown, isLog, panels.length),
    });
    axes[`yaxis${suffix}`] = houseAxis(panel.axis ?? "", { anchor: `x${suffix}`, range: valueRange(panel) });
    for (const { name, points } of panel.curves) {
      const place = names.indexOf(name);
      const color = categoryPalette[place % categoryPalette.length];
      const style = { color, dash: dashes[place % dashes.length], suffix, unit: options.x };
      data.push(...curveTraces(columnsOf(name, points), { ...style, listed: !listed.has(name) }));
      listed.add(name);
    }
  });
  return makeFigure({
    title: options.title,
    subtitle: options.subtitle ?? `Over ${options.x}; bands, where there are any, span the seeds`,
    alt: describe(panels, options.x),
    data,
    axes,
    plotHeight,
    headings: true,
    shapes: shown.flatMap((panel, i) => referenceLines(panel, axisSuffix(i))),
    annotations: shown.flatMap((panel, i) => [
      panelHeading(panel.name, axisSuffix(i)),
      ...referenceLabels(panel, axisSuffix(i)),
    ]),
    ...(names.length > 1 ? { legend: { labels: names } } : {}),
  });
}

/** A logarithmic axis has no place for the start. */
function withoutStart(panel: TrainingPanel): TrainingPanel {
  const curves = panel.curves.map(({ name, points }) => ({ name, points: points.filter(({ x }) => x > 0) }));
  return { ...panel, curves };
}

function columnsOf(name: string, points: readonly TrainingPoint[]) {
  const hasBand =
    points.length > 0 && points.every(({ low, high }) => low !== undefined && high !== undefined);
  return {
    name,
    x: points.map(({ x }) => x),
    middle: points.map(({ y }) => y),
    ...(hasBand ? { low: points.map(({ low }) => low!), high: points.map(({ high }) => high!) } : {}),
  };
}

/** The x axis, the same in all panels. */
function runAxis(panels: readonly TrainingPanel[], isLog: boolean, count: number): PlotlyAxis {
  const values = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(({ x }) => x)));
  const [low, high] = extent(values) ?? (isLog ? [1, 10] : [0, 1]);
  if (!isLog) {
    const air = high > low ? (high - low) * 0.02 : 0.5;
    return { range: [low - air, high + air], nticks: count > 2 ? 4 : count > 1 ? 6 : 10 };
  }
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const air = to > from ? (to - from) * 0.02 : 0.1;
  const range = [from - air, to + air] as const;
  const ticks = logTicks(...range);
  return { type: "log", range, tickvals: ticks, ticktext: ticks.map((tick) => tick.toLocaleString("en")) };
}

function valueRange({ curves, references = [], range }: TrainingPanel): readonly [number, number] {
  if (range) return range;
  const values = curves.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]),
  );
  const [low, high] = extent([...values, ...references.map(({ value }) => value)]) ?? [0, 1];
  const air = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.1, 0.1);
  return [low - air, high + air];
}

function referenceLines({ references = [] }: TrainingPanel, suffix: string): PlotlyShape[] {
  return references.map(({ value }) => ({
    type: "line",
    xref: `x${suffix} domain`,
    yref: `y${suffix}`,
    x0: 0,
    x1: 1,
    y0: value,
    y1: value,
    line: { color: house.quiet, width: 1.2, dash: "1px,2px" },
    layer: "below",
  }));
}

/** Words on the lines at the right, where curves are flat: above the line, and above a curve that ends just above it; below where there is no room. */
function referenceLabels(panel: TrainingPanel, suffix: string): PlotlyAnnotation[] {
  const { references = [] } = panel;
  const [low, high] = valueRange(panel);
  const pixel = (high - low) / plotHeight;
  const room = 18 * pixel;
  const ends = panel.curves.flatMap(({ points }) => points.slice(-1).map(({ y }) => y));
  return references.map(({ label, value }) => {
    const near = ends.filter((end) => end >= value && end - value < room / 2);
    const from = Math.max(value, ...near);
    const lines = references.flatMap((other) => (other.value > value ? [other.value] : []));
    const isFree = ![...lines, ...ends].some((other) => other > from && other - from < room);
    return {
      text: plain(label),
      x: 1,
      y: value,
      xref: `x${suffix} domain`,
      yref: `y${suffix}`,
      xanchor: "right",
      yanchor: isFree ? "bottom" : "top",
      yshift: isFree ? Math.round((from - value) / pixel) : 0,
      xshift: -4,
      showarrow: false,
      font: { size: 11, color: house.quiet },
    };
  });
}

function describe(panels: readonly TrainingPanel[], unit: string): string {
  const parts = panels.map(({ name, curves, references = [] }) => {
    const ends = curves.map(({ name: training, points }) => {
      const last = points.at(-1);
      if (!last) return `${training} has no points`;
      const values = [points[0].y, last.y].map((value) => Number(value.toPrecision(3)));
      return `${training} from ${values[0]} to ${values[1]} at ${unit} ${last.x}`;
    });
    return [`${name}: ${ends.join(", ")}`, ...references.map(({ label }) => `line at ${label}`)].join(", ");
  });
  return `Curves of trainings over ${unit}. ${parts.join(". ")}.`;
}
