import { describe, expect, it } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { volume, weightLayout } from "#lib/networks/layout.js";
import { tetrisMlp, unterthinerCnn } from "#lib/networks/published.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { type LayerStatisticsVariant, layerStatistics } from "#lib/representations/layer-statistics.js";
import type { WeightRows } from "#lib/representations/types.js";
import { normalMatrix } from "../helpers/weight-rows.js";

const rng = RandomStream.fromSeed(5);
const network: NetworkSpec = {
  name: "small",
  input: { channels: 1, height: 6, width: 6 },
  layers: [
    { type: "conv2d", filters: 2, kernel: 3 },
    { type: "batch-norm" },
    { type: "global-average-pool" },
    { type: "dense", outputs: 3, bias: false },
  ],
};

function rowsOf(spec: NetworkSpec, count: number): WeightRows {
  const layout = weightLayout(spec);
  return { layout, network: spec, weights: normalMatrix(count, layout.parameters, rng) };
}

async function statistics(rows: WeightRows, variant?: LayerStatisticsVariant) {
  const fitted = await layerStatistics(variant ? { variant } : {}).fit(rows, { rng });
  return { dimensions: fitted.dimensions, out: await fitted.transform(rows) };
}

/** By definition, in the order of the docstring. */
function plain(values: number[], quantiles: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const cuts = quantiles.map((q) => {
    const at = q * (values.length - 1);
    const low = sorted[Math.floor(at)];
    return low + (at % 1) * ((sorted[Math.ceil(at)] ?? low) - low);
  });
  return [mean, variance, ...cuts];
}

describe.each([
  ["released", ["kernel"], [0.01, 0.25, 0.5, 0.75, 0.99], "s(W)"],
  ["unterthiner", ["kernel", "bias"], [0, 0.25, 0.5, 0.75, 1], "s(W) with biases"],
] as const)("layer statistics, %s", (variant, names, quantiles, name) => {
  it("are mean, variance and quantiles of each tensor, batch norm's left out", async () => {
    const rows = rowsOf(network, 40);
    const { out, dimensions } = await statistics(rows, variant);
    const tensors = rows.layout.tensors.filter((tensor) =>
      (names as readonly string[]).includes(tensor.name),
    );
    expect([dimensions, out.cols, out.rows]).toEqual([7 * tensors.length, 7 * tensors.length, 40]);
    expect(layerStatistics({ variant }).name).toBe(name);
    for (let i = 0; i < 40; i++) {
      const expected = tensors.flatMap(({ offset, shape }) => {
        const start = i * rows.weights.cols + offset;
        return plain([...rows.weights.data.subarray(start, start + volume(shape))], [...quantiles]);
      });
      expected.forEach((value, c) => {
        expect(Math.abs(out.data[i * dimensions + c] - value)).toBeLessThan(1e-6);
      });
    }
  });

  it("do not see the order of the weights in a tensor, and leave the rows alone", async () => {
    const rows = rowsOf(network, 2);
    const before = rows.weights.data.slice();
    const { out } = await statistics(rows, variant);
    expect(rows.weights.data).toEqual(before);
    rows.weights.data.subarray(0, 18).reverse();
    // Sums are taken in ascending order of the values.
    expect((await statistics(rows, variant)).out).toEqual(out);
  });
});

describe("layer statistics", () => {
  it("are as numpy has them: quantiles of five values fall between", async () => {
    const five: NetworkSpec = {
      name: "five",
      input: { channels: 1, height: 1, width: 5 },
      layers: [{ type: "dense", outputs: 1, bias: false }],
    };
    const rows = rowsOf(five, 1);
    rows.weights.data.set([5, 1, 4, 2, 3]);
    const { out } = await statistics(rows);
    // numpy.mean, numpy.var and numpy.quantile(..., [.01, .25, .5, .75, .99]) of 1 to 5.
    expect(Array.from(out.data)).toEqual([3, 2, 1.04, 2, 3, 4, 4.96].map(Math.fround));
  });

  it("are 56 numbers of Unterthiner's network, 14 of the tetris zoos'", async () => {
    const [unterthiner, tetris] = [unterthinerCnn(), tetrisMlp()];
    expect((await statistics(rowsOf(unterthiner, 1), "unterthiner")).dimensions).toBe(56);
    expect((await statistics(rowsOf(unterthiner, 1))).dimensions).toBe(28);
    expect((await statistics(rowsOf(tetris, 1))).dimensions).toBe(14);
    expect((await statistics(rowsOf(tetris, 1), "unterthiner")).dimensions).toBe(14);
  });

  it("refuse an unknown variant or option, and a network without kernels", async () => {
    const refusal = expect.objectContaining({ code: "statistics/variant", value: "plain" });
    expect(() => layerStatistics({ variant: "plain" as never })).toThrow(refusal);
    expect(() => layerStatistics({ kind: "released" } as never)).toThrow(/no option "kind"/);
    const norm: NetworkSpec = { ...network, layers: [{ type: "batch-norm" }] };
    await expect(statistics(rowsOf(norm, 2))).rejects.toMatchObject({ code: "statistics/tensors" });
  });
});
