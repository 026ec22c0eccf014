import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { probeTable } from "#lib/analysis/index.js";
import { RandomStream } from "#lib/core/random.js";
import { mnistCnn } from "#lib/networks/index.js";
import {
  type HyperConfig,
  type HyperTraining,
  hyperRepresentation,
  trainHyperRepresentations,
  type WeightRows,
  zooSplits,
} from "#lib/representations/index.js";
import { namedZoo, trainZoo } from "#lib/zoo/index.js";
import { randomRows, scratchFolder, sharedFolder, tinyConfig, train, validation } from "../helpers/hyper.js";

const rng = RandomStream.fromSeed(1);
const none = { permutation: false, erasing: null, noise: 0 };

/** Both public ways to train; each has to refuse before a thread starts, and to leave nothing on disk. */
async function expectRefusal(
  given: Partial<HyperTraining>,
  name: string,
  code: string,
  words: RegExp,
): Promise<void> {
  const folder = scratchFolder();
  const training = { name: "EcD", config: tinyConfig(), seed: 1, train, validation, ...given };
  const refusal = expect.objectContaining({ name, code, message: expect.stringMatching(words) });
  await expect(trainHyperRepresentations([training], { folder })).rejects.toEqual(refusal);
  const fitting = async () =>
    hyperRepresentation("EcD", training.config, { folder }).fit(training.train, {
      rng,
      validation: training.validation,
    });
  if (given.seed === undefined) await expect(fitting()).rejects.toEqual(refusal);
  expect(readdirSync(folder)).toEqual([]);
}

function withoutNetwork({ weights, layout }: WeightRows): WeightRows {
  return { weights, layout };
}

function withWeight(rows: WeightRows, place: number, value: number): WeightRows {
  const data = rows.weights.data.slice();
  data[place] = value;
  return { ...rows, weights: { ...rows.weights, data } };
}

const noRows: WeightRows = { ...train, weights: { data: new Float32Array(0), rows: 0, cols: 100 } };

describe("a training refuses", () => {
  test("an empty split", async () => {
    await expectRefusal({ train: noRows }, "SpecError", "representation/empty", /no rows/);
    await expectRefusal(
      { validation: noRows },
      "SpecError",
      "representation/empty",
      /EcD, validation: there are no rows/,
    );
  });

  test("a latent that is not smaller than the weights", async () => {
    const config = (latent: number): Partial<HyperConfig> => tinyConfig({ latent });
    await expectRefusal(
      { config: config(100) },
      "SpecError",
      "hyper/latent",
      /latent of 100 .* 100 weights; give fewer than 100/,
    );
    await expectRefusal({ config: config(500) }, "SpecError", "hyper/latent", /latent of 500/);
  });

  test("weights that are not finite, by row and weight", async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await expectRefusal(
        { train: withWeight(train, 205, value) },
        "DataError",
        "representation/nan",
        /weight 5 of row 2 is/,
      );
      await expectRefusal(
        { validation: withWeight(validation, 7, value) },
        "DataError",
        "representation/nan",
        /validation: weight 7 of row 0/,
      );
    }
  });

  test("permutation without a known network, and with another one", async () => {
    await expectRefusal(
      { train: withoutNetwork(train) },
      "SpecError",
      "hyper/network",
      /without; switch permutation off or give the rows a network/,
    );
    await expectRefusal(
      { train: { ...train, network: mnistCnn() } },
      "SpecError",
      "hyper/network",
      /100 weights but their network "mnist-cnn" 2464/,
    );
  });

  test("a validation set of another layout, and rows that are not their layout's", async () => {
    await expectRefusal(
      { validation: randomRows(mnistCnn(), 2) },
      "SpecError",
      "representation/layout",
      /cannot represent those of 2464/,
    );
    const cut = { ...train, weights: { data: new Float32Array(99), rows: 1, cols: 99 } };
    await expectRefusal(
      { train: cut },
      "SpecError",
      "representation/layout",
      /99 weights but their layout 100/,
    );
  });

  test("an unknown field, and a seed that is none", async () => {
    await expectRefusal(
      { config: { epochs: 3 } as never },
      "SpecError",
      "options/unknown",
      /no option "epochs"/,
    );
    await expectRefusal({ seed: 1.5 }, "SpecError", "hyper/seed", /EcD: seed is 1.5/);
    await expectRefusal({ seed: Number.NaN }, "SpecError", "hyper/seed", /EcD: seed is NaN/);
    const training = { name: "EcD", config: tinyConfig(), seed: 1, train, validation };
    await expect(trainHyperRepresentations([training], { threads: 2 } as never)).rejects.toThrow(
      'no option "threads"',
    );
    await expect(
      trainHyperRepresentations([training], { workers: 0, folder: scratchFolder() }),
    ).rejects.toMatchObject({ code: "workers/count" });
  });

  test("a fit without validation rows", async () => {
    const fitting = hyperRepresentation("EcD", tinyConfig()).fit(train, { rng });
    await expect(fitting).rejects.toMatchObject({ name: "SpecError", code: "representation/validation" });
  });
});

test("imported weights without a network can be learned without permutation", async () => {
  const config = tinyConfig({ augmentations: none });
  const representation = hyperRepresentation("imported", config, { folder: scratchFolder() });
  const fitted = await representation.fit(withoutNetwork(train), {
    rng,
    validation: withoutNetwork(validation),
  });
  const z = await fitted.transform(withoutNetwork(validation));
  expect([z.rows, z.cols, fitted.dimensions]).toEqual([12, 4, 4]);
  expect(z.data.every((value) => Math.abs(value) < 1)).toBe(true);
  await expect(fitted.transform(randomRows(mnistCnn(), 1))).rejects.toMatchObject({
    code: "representation/layout",
  });
  await expect(fitted.transform(withWeight(train, 3, Number.NaN))).rejects.toMatchObject({
    code: "representation/nan",
  });
  await expect(fitted.transform(noRows)).rejects.toMatchObject({ code: "representation/empty" });
});

describe("zoos and targets that nothing can be read from", () => {
  test("a split without models, by its name", async () => {
    const spec = namedZoo("tetris-seed", "smoke", { models: 2, epochs: 1 });
    const zoo = await trainZoo(spec, { folder: sharedFolder() });
    expect(() => zooSplits(zoo)).toThrow(
      expect.objectContaining({ name: "SpecError", code: "representation/empty" }),
    );
    expect(() => zooSplits(zoo)).toThrow(/the (train|validation|test) split of .*: there are no rows/);
  });

  test("a probe target of one value", async () => {
    const zoo = await trainZoo(namedZoo("tetris-seed", "smoke"), { folder: sharedFolder() });
    const representation = hyperRepresentation("EcD", tinyConfig(), { folder: scratchFolder() });
    const probing = probeTable(zooSplits(zoo), [representation], { lr: "learning_rate" }, { rng });
    await expect(probing).rejects.toMatchObject({
      name: "SpecError",
      message: expect.stringMatching(/learning_rate|lr/),
    });
  });
});
