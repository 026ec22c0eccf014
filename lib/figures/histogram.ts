import { checkOptions, SpecError } from "../core/errors.js";
import { withAlpha } from "./color.js";
import { type Figure, plain } from "./figure.js";
import { makeFigure } from "./make-figure.js";
import { extent } from "./numbers.js";
import type { BarTrace } from "./plotly.js";
import { categoryPalette, houseAxis } from "./style.js";

export interface HistogramOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What is counted, with its unit: "weight" by default. */
  readonly axis?: string;
  /** Bins over the common range, 60 by default. */
  readonly bins?: number;
  /** Range of the bins; that of all values by default. Values outside are counted in the subtitle. */
  readonly range?: readonly [number, number];
}

/**
 * Distributions as histograms over common bins, as densities (areas of one), so that groups of different sizes
 * compare.
 * @param groups name and values of each, e.g. a layer's weights; NaN and infinities are left out
 * @throws SpecError when there is no finite value, or fewer than one bin
 */
export function histogramFigure(
  groups: readonly { readonly name: string; readonly values: ArrayLike<number> }[],
  options: HistogramOptions = {},
): Figure {
  checkOptions(options, ["title", "subtitle", "axis", "bins", "range"], "histogramFigure");
  const bins = options.bins ?? 60;
  const found = options.range ?? extent(groups.flatMap(({ values }) => extent(iterate(values)) ?? []));
  if (!found || !(bins >= 1)) {
    throw new SpecError("figure/histogram", "a histogram needs at least one bin and one finite value", {
      value: bins,
    });
  }
  const [low, high] = found[1] > found[0] ? found : [found[0] - 0.5, found[0] + 0.5];
  const width = (high - low) / bins;
  const centres = Array.from({ length: bins }, (_, i) => Number((low + (i + 0.5) * width).toPrecision(6)));
  const densities = groups.map(({ values }) => density(values, low, high, bins));
  const outside = densities.reduce((sum, one) => sum + one.outside, 0);
  const total = densities.reduce((sum, one) => sum + one.total, 0);
  const axis = options.axis ?? "weight";
  const top = Math.max(...densities.flatMap((one) => one.values));
  const data = groups.map(({ name }, i): BarTrace => {
    const color = categoryPalette[i % categoryPalette.length];
    return {
      type: "bar",
      name: plain(name),
      x: centres,
      y: densities[i].values,
      width: Number(width.toPrecision(6)),
      marker: { color: withAlpha(color, groups.length > 1 ? 0.5 : 0.85) },
      hovertemplate: `${plain(name)}<br>%{x:.3g}: density %{y:.3g}<extra></extra>`,
    };
  });
  const left = outside ? `; ${outside} outside the range are not drawn` : "";
  return makeFigure({
    title: options.title ?? `How each ${axis} is distributed`,
    subtitle: options.subtitle ?? `Density of ${total.toLocaleString("en")} values in ${bins} bins${left}`,
    alt: `Histogram of ${axis} from ${low.toPrecision(3)} to ${high.toPrecision(3)} for ${groups.map(({ name }) => name).join(", ")}.`,
    data,
    axes: {
      xaxis: houseAxis(axis, { range: [low - width, high + width], showgrid: false }),
      yaxis: houseAxis("density", { range: [0, top * 1.06] }),
    },
    plotHeight: 300,
    ...(groups.length > 1 ? { legend: { labels: groups.map(({ name }) => name) } } : {}),
    more: { barmode: "overlay", bargap: 0 },
  });
}

function* iterate(values: ArrayLike<number>): Generator<number> {
  for (let i = 0; i < values.length; i++) yield values[i];
}

function density(values: ArrayLike<number>, low: number, high: number, bins: number) {
  const counts = new Array<number>(bins).fill(0);
  let total = 0;
  let outside = 0;
  for (const value of iterate(values)) {
    if (!Number.isFinite(value)) continue;
    total++;
    if (value < low || value > high) outside++;
    else counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  }
  const unit = Math.max(1, total) * ((high - low) / bins);
  return { values: counts.map((count) => Number((count / unit).toPrecision(5))), total, outside };
}
