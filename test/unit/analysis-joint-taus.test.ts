import { describe, expect, it } from "vitest";
import { jointInterval, jointTaus, tauDifference, tauInterval, transferScores } from "#lib/analysis/index.js";
import type { TransferRepresentation } from "#lib/analysis/probes/transfer.js";
import { SpecError } from "#lib/core/errors.js";
import { matrix } from "#lib/core/matrix.js";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import { RandomStream } from "#lib/core/random.js";
import type { FittedRepresentation } from "#lib/representations/types.js";
import type { ZooRows, ZooSplits } from "#lib/representations/zoo-rows.js";

const rng = (seed = 3) => RandomStream.fromSeed(seed);
const model = Int32Array.from({ length: 60 }, (_, i) => Math.floor(i / 5));
const stream = rng(8);
const truth = Float64Array.from(model, () => stream.normal());
const noisy = (deviation: number) => ({
  model,
  truth,
  predictions: truth.map((value) => value + stream.normal(0, deviation)),
});

describe("jointTaus", () => {
  const [good, poor] = [noisy(0.5), noisy(2)];

  it("gives tau-b of all rows, and in each resample the same models to all readings of a split", async () => {
    const { sample, resamples } = await jointTaus([[good, poor, good], [good]], { rng: rng(), rounds: 40 });
    const [first, second] = [good, poor].map(({ predictions }) => kendallTau(truth, predictions));
    const wanted = [first, second, first, first];
    expect(sample.every((tau, i) => Math.abs(tau - wanted[i]) < 1e-12)).toBe(true);
    expect(resamples).toHaveLength(40);
    expect(resamples.every((taus) => taus[0] === taus[2])).toBe(true);
    // Another split has models of its own.
    expect(resamples.filter((taus) => taus[0] === taus[3]).length).toBeLessThan(10);
    expect(new Set(resamples.map((taus) => taus[0])).size).toBeGreaterThan(30);
  });

  it("has the intervals that resampling one reading, or a pair, gives", async () => {
    const joint = await jointTaus([[good, poor]], { rng: rng(), rounds: 2000 });
    const single = tauInterval(poor, { rng: rng(4), rounds: 2000 });
    const found = jointInterval(joint, ([, tau]) => tau);
    const difference = tauDifference(good, poor, { rng: rng(4), rounds: 2000 });
    const paired = jointInterval(joint, ([a, b]) => a - b);
    for (const end of ["value", "low", "high"] as const) {
      expect(Math.abs(found[end] - single[end])).toBeLessThan(0.02);
      expect(Math.abs(paired[end] - difference[end])).toBeLessThan(0.02);
    }
    const undefinedInHalf = jointInterval(joint, ([a, b]) => (b > single.value ? Number.NaN : a));
    expect(Number.isFinite(undefinedInHalf.low)).toBe(true);
  });

  it("refuses rows that do not belong together, and takes splits without readings", async () => {
    const other = { ...good, model: model.map((number) => number + 1) };
    await expect(jointTaus([[good, other]], { rng: rng() })).rejects.toThrow(SpecError);
    const { sample, resamples } = await jointTaus([[], [good]], { rng: rng(), rounds: 2 });
    expect([sample.length, resamples.length]).toEqual([1, 2]);
  });
});

describe("transferScores of a representation that serves several zoos", () => {
  const layout = {
    tensors: [{ layer: 0, name: "kernel", shape: [1, 3], offset: 0 }],
    parameters: 3,
  } as const;

  function rows(models: number, seed: number): ZooRows {
    const draw = rng(seed);
    const count = models * 4;
    const data = Float32Array.from({ length: count * 3 }, () => draw.normal());
    const facts = {
      model: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 4)),
      gap: Float64Array.from({ length: count }, (_, i) => data[3 * i] + draw.normal(0, 0.3)),
    };
    return { weights: matrix(count, 3, data), layout, facts: facts as unknown as ZooRows["facts"] };
  }
  const splits = (seed: number): ZooSplits => {
    return { train: rows(20, seed), validation: rows(6, seed + 1), test: rows(8, seed + 2) };
  };

  it("represents each zoo's rows once, and finds what it finds when it does so anew for each zoo", async () => {
    const zoos = { a: splits(10), b: splits(20), c: splits(30) };
    let calls = 0;
    const fitted = (): FittedRepresentation => ({
      dimensions: 3,
      transform: async ({ weights }) => {
        calls++;
        return weights;
      },
    });
    const shared = fitted();
    const once: TransferRepresentation = { name: "joint", fit: async () => shared };
    const anew: TransferRepresentation = { name: "joint", fit: async () => fitted() };
    const options = () => ({ rng: rng(), rounds: 20 });
    const cells = await transferScores(zoos, [once], { ggap: "gap" }, options());
    expect(calls).toBe(3 * 3);
    calls = 0;
    expect(await transferScores(zoos, [anew], { ggap: "gap" }, options())).toEqual(cells);
    expect(calls).toBe(3 * (3 + 2));
  });
});
