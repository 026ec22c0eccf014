import { checkOptions, SpecError } from "../core/errors.js";
import { checkPanels } from "./check-panels.js";
import { drawnRows, mostPoints } from "./drawn-rows.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { paddedRange } from "./numbers.js";
import type { PlotlyAxis, PlotlyShape, ScatterTrace } from "./plotly.js";
import { axisSuffix, categoryPalette, house, houseAxis, panelDomains, panelHeading } from "./style.js";

/** A probe's predictions from one representation: equal lengths, any order. */
export interface PredictionPanel {
  /** Heading, e.g. "EcD: R2 86 percent". */
  readonly name: string;
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
}

export interface PredictionScatterOptions {
  /** The claim that the picture shows. */
  readonly title: string;
  readonly subtitle?: string;
  /** What is predicted, e.g. "test accuracy". */
  readonly target: string;
}

const width = 760;
const left = 66;
const gap = 0.07;

/**
 * Predicted against true values of a target, one panel a representation, with the diagonal where they are equal. All
 * panels share their axes. Of more than 3,000 points in all, each panel draws a fixed random choice.
 * @throws SpecError "figure/empty" without panels; "figure/lengths" when a panel's columns differ in length or are empty
 */
export function predictionScatter(
  panels: readonly PredictionPanel[],
  options: PredictionScatterOptions,
): Figure {
  checkOptions(options, ["title", "subtitle", "target"], "predictionScatter");
  checkPanels(panels, "predictionScatter");
  for (const panel of panels) checkPanel(panel);
  const most = Math.floor(mostPoints / panels.length);
  const chosen = panels.map(({ truth }) => Array.from(drawnRows(truth.length, most)));
  const values = panels.flatMap(({ truth, predicted }, i) =>
    chosen[i].flatMap((row) => [truth[row], predicted[row]]),
  );
  const range = paddedRange(values, 0.04);
  const domains = panelDomains(panels.length, gap);
  const axes: Record<`${"x" | "y"}axis${string}`, PlotlyAxis> = {};
  const nticks = panels.length > 2 ? 4 : 6;
  panels.forEach((_, i) => {
    const suffix = axisSuffix(i);
    const shared = { range, nticks } as const;
    axes[`xaxis${suffix}`] = houseAxis(`true ${options.target}`, {
      ...shared,
      domain: domains[i],
      anchor: `y${suffix}`,
    });
    axes[`yaxis${suffix}`] = houseAxis(i === 0 ? `predicted ${options.target}` : "", {
      ...shared,
      anchor: `x${suffix}`,
    });
  });
  const rows = Math.max(...panels.map(({ truth }) => truth.length));
  return makeFigure({
    title: options.title,
    subtitle:
      options.subtitle ??
      `Each mark is ${rows > most ? `one of ${most.toLocaleString("en")} drawn of ${rows.toLocaleString("en")} checkpoints` : "a checkpoint"}; on the line, prediction and truth are equal`,
    alt: describe(panels, options.target),
    data: panels.map((panel, i) => points(panel, chosen[i], axisSuffix(i))),
    axes,
    left,
    plotHeight: Math.min(340, (width - left - 22) * domains[0][1]),
    headings: true,
    shapes: panels.map((_, i) => diagonal(range, axisSuffix(i))),
    annotations: panels.map(({ name }, i) => panelHeading(name, axisSuffix(i))),
  });
}

function checkPanel({ name, truth, predicted }: PredictionPanel): void {
  if (truth.length === predicted.length && truth.length > 0) return;
  const message = `predictionScatter, panel "${name}": ${truth.length} true values and ${predicted.length} predicted ones; give one of each a checkpoint`;
  throw new SpecError("figure/lengths", message, { value: [truth.length, predicted.length] });
}

function points(
  { name, truth, predicted }: PredictionPanel,
  rows: readonly number[],
  suffix: string,
): ScatterTrace {
  return {
    type: "scatter",
    mode: "markers",
    name: plain(name),
    x: rows.map((row) => truth[row]),
    y: rows.map((row) => predicted[row]),
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    marker: { color: categoryPalette[0], size: rows.length > 500 ? 3 : 5, opacity: 0.5 },
    hovertemplate: "true %{x:.4g}<br>predicted %{y:.4g}<extra></extra>",
  };
}

function diagonal([low, high]: readonly [number, number], suffix: string): PlotlyShape {
  return {
    type: "line",
    xref: `x${suffix}`,
    yref: `y${suffix}`,
    x0: low,
    y0: low,
    x1: high,
    y1: high,
    line: { color: house.ink, width: 1.2 },
  };
}

function describe(panels: readonly PredictionPanel[], target: string): string {
  const parts = panels.map(({ name, truth, predicted }) => {
    let sum = 0;
    for (let i = 0; i < truth.length; i++) sum += Math.abs(predicted[i] - truth[i]);
    return `${name}: ${truth.length} checkpoints, mean absolute error ${(sum / truth.length).toPrecision(3)}`;
  });
  return `Predicted against true ${target} with the diagonal. ${parts.join(". ")}.`;
}
