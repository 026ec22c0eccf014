import { checkOptions } from "../core/errors.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent, paddedRange } from "./numbers.js";
import type { PlotlyTrace } from "./plotly.js";
import { axisSuffix, house, houseAxis, houseColorAxis, panelDomains, panelHeading } from "./style.js";

/** One model: mean and standard deviation of all its weights, and its test accuracy (0..1). */
export interface WeightMoments {
  readonly mean: number;
  readonly deviation: number;
  readonly accuracy: number;
}

export interface MeanDeviationOptions {
  readonly title?: string;
  readonly subtitle?: string;
}

/**
 * Mean against standard deviation of each model's weights, coloured by test accuracy (Fig. 3 of the trajectory
 * papers). One panel a net, beside each other; one colour scale for all.
 * @param panels name of each net, e.g. "CNN", with its models
 */
export function meanDeviationScatter(
  panels: readonly { readonly name: string; readonly points: readonly WeightMoments[] }[],
  options: MeanDeviationOptions = {},
): Figure {
  checkOptions(options, ["title", "subtitle"], "meanDeviationScatter");
  const domains = panelDomains(panels.length, 0.14);
  const axes: Record<`${"x" | "y"}axis${string}`, ReturnType<typeof houseAxis>> = {};
  const data = panels.map(({ name, points }, i): PlotlyTrace => {
    const suffix = axisSuffix(i);
    const x = points.map((point) => point.mean);
    const y = points.map((point) => point.deviation);
    const count = panels.length > 1 ? 4 : 7;
    axes[`xaxis${suffix}`] = houseAxis("mean of the weights", {
      range: paddedRange(x),
      domain: domains[i],
      anchor: `y${suffix}`,
      nticks: count,
    });
    axes[`yaxis${suffix}`] = houseAxis(i === 0 ? "standard deviation of the weights" : "", {
      range: paddedRange(y),
      anchor: `x${suffix}`,
    });
    return {
      type: "scatter",
      mode: "markers",
      name: plain(name),
      x,
      y,
      xaxis: `x${suffix}`,
      yaxis: `y${suffix}`,
      marker: {
        color: points.map((point) => point.accuracy),
        coloraxis: "coloraxis",
        size: 7,
        line: { color: house.paper, width: 0.6 },
      },
      hovertemplate: `${plain(name)}<br>mean %{x:.4f}<br>deviation %{y:.4f}<br>accuracy %{marker.color:.3f}<extra></extra>`,
    };
  });
  const accuracies = panels.flatMap(({ points }) => points.map((point) => point.accuracy));
  const total = panels.reduce((sum, { points }) => sum + points.length, 0);
  return makeFigure({
    title: options.title ?? "Mean and deviation of each model's weights",
    subtitle: options.subtitle ?? `Each mark is one of ${total} models, coloured by its test accuracy`,
    alt: describe(panels),
    data,
    axes,
    plotHeight: 320,
    headings: true,
    coloraxis: houseColorAxis("test accuracy", paddedRange(accuracies, 0)),
    annotations: panels.map(({ name }, i) => panelHeading(name, axisSuffix(i))),
  });
}

function describe(panels: Parameters<typeof meanDeviationScatter>[0]): string {
  const spans = panels.map(({ name, points }) => {
    const span = (key: keyof WeightMoments) =>
      (extent(points.map((point) => point[key])) ?? [Number.NaN, Number.NaN])
        .map((v) => v.toFixed(3))
        .join(" to ");
    return `${name}: ${points.length} models, mean ${span("mean")}, standard deviation ${span("deviation")}, test accuracy ${span("accuracy")}`;
  });
  return `Scatter of the mean against the standard deviation of all weights of each model. ${spans.join(". ")}.`;
}
