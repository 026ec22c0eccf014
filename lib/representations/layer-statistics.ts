import { checkOptions, SpecError } from "../core/errors.js";
import { matrix } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import { volume } from "../networks/layout.js";
import type { TensorName, WeightLayout } from "../networks/types.js";
import { checkedRepresentation } from "./checks.js";
import type { Representation } from "./types.js";

/** What is measured of each layer: see layerStatistics. */
interface Variant {
  /** Name in tables. */
  readonly name: string;
  readonly tensors: readonly TensorName[];
  readonly quantiles: readonly number[];
}

const variants = {
  released: { name: "s(W)", tensors: ["kernel"], quantiles: [0.01, 0.25, 0.5, 0.75, 0.99] },
  unterthiner: {
    name: "s(W) with biases",
    tensors: ["kernel", "bias"],
    quantiles: [0, 0.25, 0.5, 0.75, 1],
  },
} satisfies Record<string, Variant>;

/** "released": of the hyper-representations' code; "unterthiner": of Unterthiner et al. 2020. */
export type LayerStatisticsVariant = keyof typeof variants;

/** Rows between two looks at the clock. */
const rowsAtOnce = 16;

/**
 * The statistics s(W) of each layer's weights: mean, variance (of the population: divided by the number of weights) and
 * five quantiles, linearly interpolated as numpy does; seven numbers a tensor, in the layout's order. "released"
 * (default) takes the 1, 25, 50, 75 and 99 percent quantiles of each kernel and leaves biases out (Schürholt et al.
 * 2021, as their code has it); "unterthiner" takes minimum, quartiles and maximum of each kernel and of each bias
 * (Unterthiner et al. 2020: 56 numbers for their four layers). Batch norm's tensors are left out.
 * @throws SpecError "statistics/variant"; "statistics/tensors" in fitting for a network without such tensors
 */
export function layerStatistics(options: { readonly variant?: LayerStatisticsVariant } = {}): Representation {
  checkOptions(options, ["variant"], "layerStatistics");
  const { variant = "released" } = options;
  if (!Object.hasOwn(variants, variant)) {
    const known = Object.keys(variants).join(" or ");
    const message = `layerStatistics knows no variant "${variant}"; take ${known}`;
    throw new SpecError("statistics/variant", message, { value: variant });
  }
  const { name, tensors, quantiles }: Variant = variants[variant];
  return checkedRepresentation(name, async ({ layout }) => {
    const spans = spansOf(layout, tensors);
    if (spans.length === 0) {
      const message = `${name}: the network has no ${tensors.join(" or ")} to take statistics of`;
      throw new SpecError("statistics/tensors", message, { value: layout.tensors.length });
    }
    const dimensions = spans.length * (2 + quantiles.length);
    return {
      dimensions,
      async transform({ weights }, transformOptions = {}) {
        const pacer = new Pacer("layer statistics", weights.rows, "rows", transformOptions);
        const out = matrix(weights.rows, dimensions);
        let place = 0;
        for (let i = 0; i < weights.rows; i++) {
          for (const [from, to] of spans) {
            const start = i * weights.cols;
            const values = weights.data.slice(start + from, start + to);
            place = writeStatistics(values, quantiles, out.data, place);
          }
          if (i % rowsAtOnce === 0) await pacer.add(Math.min(rowsAtOnce, weights.rows - i));
        }
        return out;
      },
    };
  });
}

/** Where the tensors of these names begin and end. */
function spansOf({ tensors }: WeightLayout, names: readonly TensorName[]): (readonly [number, number])[] {
  return tensors
    .filter(({ name }) => names.includes(name))
    .map(({ offset, shape }) => [offset, offset + volume(shape)]);
}

/** Writes the statistics of the values, which it sorts, from `place` on; returns the place behind them. */
function writeStatistics(
  values: Float32Array,
  quantiles: readonly number[],
  out: Float32Array,
  place: number,
): number {
  values.sort();
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i] - mean) * (values[i] - mean);
  out[place++] = mean;
  out[place++] = squares / count;
  for (const quantile of quantiles) {
    const at = quantile * (count - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, count - 1);
    out[place++] = values[below] + (at - below) * (values[above] - values[below]);
  }
  return place;
}
