import { checkOptions } from "../core/errors.js";
import { curveTraces } from "./curve-traces.js";
import type { Figure } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent, logTicks } from "./numbers.js";
import type { PlotlyAxis, ScatterTrace } from "./plotly.js";
import { axisSuffix, categoryPalette, houseAxis, panelDomains, panelHeading } from "./style.js";

/** A measure per epoch: the middle over models and a band around it. Equal lengths. */
export interface EpochCurve {
  /** E.g. "MLP" or "test accuracy"; equal names get one colour and one legend entry. */
  readonly name: string;
  readonly epochs: ArrayLike<number>;
  /** Median or mean over models. */
  readonly middle: ArrayLike<number>;
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
}

/** One panel of curves that share an axis. */
export interface CurvePanel {
  /** Heading above the panel. */
  readonly name: string;
  /** What the y axis shows, with its unit. */
  readonly axis: string;
  readonly curves: readonly EpochCurve[];
  readonly scale?: "linear" | "log";
  /** d3 format of the ticks, e.g. ".0%". */
  readonly tickformat?: string;
}

export interface CurveOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What the curves run over; "epoch" by default. */
  readonly x?: string;
}

const known = ["title", "subtitle", "x"];

/**
 * Loss and accuracy per epoch: the middle over models as a line, the spread as a band.
 * @param panels e.g. one of the loss and one of the accuracy; two stand beside each other
 */
export function learningCurves(panels: readonly CurvePanel[], options: CurveOptions = {}): Figure {
  checkOptions(options, known, "learningCurves");
  return curveFigure(panels, {
    x: options.x,
    title: options.title ?? "Learning curves of the zoo",
    subtitle: options.subtitle ?? "Median over models per epoch; the band holds 95 percent of the models",
  });
}

/**
 * Mean length of the step that the weights take per epoch, with a band over models; one panel a net.
 * @param panels one a net, each with one curve (or several, e.g. before and after a domain shift)
 */
export function stepLengthCurves(panels: readonly CurvePanel[], options: CurveOptions = {}): Figure {
  checkOptions(options, known, "stepLengthCurves");
  return curveFigure(panels, {
    x: options.x,
    title: options.title ?? "Length of the steps through weight space",
    subtitle:
      options.subtitle ??
      "Euclidean distance between the weights of successive epochs: mean over models, band of 95 percent of the models",
  });
}

function curveFigure(
  panels: readonly CurvePanel[],
  words: { title: string; subtitle: string; x?: string },
): Figure {
  const names = [...new Set(panels.flatMap(({ curves }) => curves.map((curve) => curve.name)))];
  const domains = panelDomains(panels.length, panels.length > 2 ? 0.1 : 0.15);
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const data: ScatterTrace[] = [];
  const listed = new Set<string>();
  panels.forEach((panel, i) => {
    const suffix = axisSuffix(i);
    axes[`xaxis${suffix}`] = houseAxis(words.x ?? "epoch", {
      domain: domains[i],
      anchor: `y${suffix}`,
      nticks: panels.length > 1 ? 6 : 10,
      range: epochRange(panel),
    });
    const range = valueRange(panel);
    axes[`yaxis${suffix}`] = houseAxis(panel.axis, {
      anchor: `x${suffix}`,
      range,
      ...(panel.scale === "log" ? logAxis(range) : {}),
      ...(panel.tickformat ? { tickformat: panel.tickformat } : {}),
    });
    for (const curve of panel.curves) {
      const color = categoryPalette[names.indexOf(curve.name) % categoryPalette.length];
      const line = { name: curve.name, x: Array.from(curve.epochs), middle: curve.middle };
      const band = { low: curve.low, high: curve.high };
      data.push(
        ...curveTraces(
          { ...line, ...band },
          { color, suffix, unit: "epoch", listed: !listed.has(curve.name) },
        ),
      );
      listed.add(curve.name);
    }
  });
  const { title, subtitle } = words;
  return makeFigure({
    title,
    subtitle,
    alt: describe(panels, words.x ?? "epoch"),
    data,
    axes,
    plotHeight: 290,
    headings: panels.some(({ name }) => name),
    annotations: panels
      .filter(({ name }) => name)
      .map((panel) => panelHeading(panel.name, axisSuffix(panels.indexOf(panel)))),
    ...(names.length > 1 ? { legend: { labels: names } } : {}),
  });
}

/** Ticks at 1, 2 and 5, where plotly's own would write a digit at each of 1 to 9. */
function logAxis(range: readonly [number, number]): PlotlyAxis {
  const ticks = logTicks(...range);
  return { type: "log", tickvals: ticks, ticktext: ticks.map(String) };
}

function epochRange(panel: CurvePanel): [number, number] {
  const [low, high] = extent(panel.curves.flatMap((curve) => Array.from(curve.epochs))) ?? [0, 1];
  const air = high > low ? (high - low) * 0.02 : 0.5;
  return [low - air, high + air];
}

/** Range that holds lines and bands; a linear axis whose values come near zero starts there. */
function valueRange(panel: CurvePanel): [number, number] {
  const values = panel.curves.flatMap(({ middle, low, high }) =>
    [middle, low ?? [], high ?? []].flatMap((part) => Array.from(part)),
  );
  if (panel.scale === "log") {
    const [low, high] = (extent(values.filter((value) => value > 0)) ?? [1, 10]).map(Math.log10);
    const air = Math.max(0.05, (high - low) * 0.05);
    return [low - air, high + air];
  }
  const [low, high] = extent(values) ?? [0, 1];
  const air = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.1, 0.1);
  return [low >= 0 && low < high * 0.5 ? 0 : low - air, high + air];
}

function describe(panels: readonly CurvePanel[], unit: string): string {
  const words = panels.flatMap((panel) =>
    panel.curves.map((curve) => {
      const last = curve.middle.length - 1;
      const [from, to] = [curve.middle[0], curve.middle[last]].map((value) => Number(value).toPrecision(3));
      const where = [panel.name, curve.name]
        .filter((name, i, all) => name && all.indexOf(name) === i)
        .join(", ");
      return `${where}: ${panel.axis} from ${from} at ${unit} ${curve.epochs[0]} to ${to} at ${unit} ${curve.epochs[last]}`;
    }),
  );
  const bands = panels.some(({ curves }) => curves.some(({ low }) => low)) ? " with bands over models" : "";
  return `Curves over ${unit}${bands}. ${words.join(". ")}.`;
}
