import { beforeAll, describe, expect, test } from "vitest";
import { matrix } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import {
  type InitClusters,
  initClusters,
  silhouetteDifference,
} from "#lib/experiments/hyperreps/init-clusters.js";
import type { ZooRows } from "#lib/representations/zoo-rows.js";

const rng = () => RandomStream.fromSeed(8);
const checkpoints = 5;

/** Rows of models whose weights lie by initialiser or by activation, ten deviations apart. */
function rows(models: number, by: "init" | "activation" | "nothing" | "both"): ZooRows {
  const stream = RandomStream.fromSeed(4);
  const model = Int32Array.from({ length: models * checkpoints }, (_, row) => Math.floor(row / checkpoints));
  const init = Array.from(model, (m) => (m % 2 ? "uniform" : "normal"));
  const activation = Array.from(model, (m) => (m % 4 < 2 ? "tanh" : "relu"));
  const centre = (row: number) => {
    const [i, a] = [10 * (model[row] % 2), 10 * (model[row] % 4 < 2 ? 0 : 1)];
    return { init: [i, 0], activation: [a, 0], both: [i, a], nothing: [0, 0] }[by];
  };
  const data = Float32Array.from({ length: model.length * 4 }, (_, p) =>
    stream.normal((centre(Math.floor(p / 4))[p % 4] ?? 0) as number, 1),
  );
  const facts = { model, init, activation };
  return { weights: matrix(model.length, 4, data), facts } as unknown as ZooRows;
}

let parted: InitClusters;
let mixed: InitClusters;
beforeAll(async () => {
  parted = (await initClusters(rows(24, "both"), rng(), {}))!;
  mixed = (await initClusters(rows(24, "nothing"), rng(), {}))!;
});

describe("clusters by initialiser", () => {
  test("part where the weights do, by initialiser and by initialiser with activation", async () => {
    expect(parted.byInitAndActivation.silhouette.low).toBeGreaterThan(0.5);
    expect(parted.byInit.silhouette.low).toBeGreaterThan(0);
    // Four groups, two of each initialiser: half of what is near is of the own one.
    expect(parted.byInit.silhouette.value).toBeLessThan(parted.byInitAndActivation.silhouette.value);
    expect(mixed.byInit.silhouette.value).toBeLessThan(0.1);
    const activation = await initClusters(rows(24, "activation"), rng(), {});
    expect(activation!.byInit.silhouette.value).toBeLessThan(0.1);
    expect(parted.points.rows).toBe(24 * checkpoints);
    expect(parted.init).toHaveLength(24 * checkpoints);
  });

  test("are those of three embeddings, and their interval holds how far these differ", () => {
    const { byModel, silhouette } = mixed.byInit;
    expect(byModel.map((own) => own.length)).toEqual([24, 24, 24]);
    const means = byModel.map((own) => own.reduce((sum, value) => sum + value / own.length, 0));
    expect(new Set(means).size).toBe(3);
    expect(silhouette.value).toBeCloseTo((means[0] + means[1] + means[2]) / 3, 12);
    // Models that are all alike leave the embeddings alone to differ.
    const flat = { byModel: [[0], [0], [0.6]].map(([value]) => Array(24).fill(value)), silhouette };
    const { value, low, high } = silhouetteDifference(flat, { ...flat, byModel: [Array(24).fill(0)] }, rng());
    expect([value, low, high].map((x) => Number(x.toFixed(6)))).toEqual([0.2, 0, 0.6]);
  });

  test("a difference resamples each zoo for itself", () => {
    const found = silhouetteDifference(parted.byInit, mixed.byInit, rng());
    expect(found.value).toBeCloseTo(parted.byInit.silhouette.value - mixed.byInit.silhouette.value, 12);
    expect(found.low).toBeGreaterThan(0);
    const itself = silhouetteDifference(mixed.byInit, mixed.byInit, rng());
    expect(itself.value).toBe(0);
    expect(itself.low).toBeLessThan(0);
  });

  test("are none of one initialiser, or of fewer than four checkpoints", async () => {
    const one = rows(4, "both");
    const facts = { ...one.facts, init: one.facts.init.map(() => "normal") };
    expect(await initClusters({ ...one, facts }, rng(), {})).toBeUndefined();
    const { weights } = one;
    const three = {
      ...one,
      weights: { ...weights, rows: 3, data: weights.data.slice(0, 12) },
      facts: {
        ...one.facts,
        model: Int32Array.of(0, 0, 1),
        init: ["normal", "normal", "uniform"],
        activation: ["tanh", "tanh", "tanh"],
      },
    };
    expect(await initClusters(three, rng(), {})).toBeUndefined();
  });
});
