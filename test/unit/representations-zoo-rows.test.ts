import { beforeAll, describe, expect, it } from "vitest";
import { zooRows, zooSplits } from "#lib/representations/zoo-rows.js";
import { namedZoo } from "#lib/zoo/named.js";
import { zooModels } from "#lib/zoo/spec/models.js";
import type { TrainedZoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import type { ZooSpec } from "#lib/zoo/types.js";
import { fake, noiseData, sharedScratch, smallSpec } from "../helpers/zoo.js";

const split = { train: 0.6, validation: 0.2, test: 0.2, seed: 1 };
let zoo: TrainedZoo;

/** Trained by the engine of which no model diverges, or by that of which some do. */
function trained(changes: Partial<ZooSpec>, engine = "fakeFill"): Promise<TrainedZoo> {
  const options = { dataset: noiseData(), engine: fake(engine), workers: 2, folder: sharedScratch() };
  return trainZoo(smallSpec(changes), options);
}

beforeAll(async () => {
  zoo = await trained({ models: 20, epochs: 10, split });
});

const modelsOf = ({ facts }: { facts: { model: Int32Array } }) => [...new Set(facts.model)];

describe("the splits of a zoo", () => {
  it("part models, never checkpoints, and hold every checkpoint once", () => {
    const { train, validation, test } = zooSplits(zoo);
    const models = [train, validation, test].map(modelsOf);
    expect(models.map((list) => list.length)).toEqual([12, 4, 4]);
    expect(models.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const part of [train, validation, test]) {
      expect(part.weights.rows).toBe(10 * modelsOf(part).length);
      expect(part.facts.epoch).toHaveLength(part.weights.rows);
    }
    expect(new Set(train.facts.split)).toEqual(new Set(["train"]));
  });

  it("have the weights of their facts, the layout and the network", () => {
    const { weights, facts, layout, network } = zooRows(zoo, "test");
    expect(layout).toEqual(zoo.layout);
    expect(network).toEqual(zooModels(zoo.spec)[0].network);
    facts.model.forEach((model, row) => {
      const place = zoo.facts.model.findIndex(
        (m, i) => m === model && zoo.facts.epoch[i] === facts.epoch[row],
      );
      const { cols } = weights;
      expect(weights.data.subarray(row * cols, (row + 1) * cols)).toEqual(zoo.weightsOf(place));
    });
  });
});

describe("a zoo is thinned", () => {
  it("to evenly spaced checkpoints with the last", () => {
    const epochs = (checkpoints: number) => [
      ...new Set(zooRows(zoo, "validation", { checkpoints }).facts.epoch),
    ];
    expect(epochs(1)).toEqual([10]);
    // Of the epochs 1 to 10, evenly from the last.
    expect(epochs(2)).toEqual([5, 10]);
    expect(epochs(4)).toEqual([3, 5, 8, 10]);
    expect(epochs(10)).toEqual(epochs(99));
    expect(epochs(99)).toHaveLength(10);
  });

  it("to evenly spaced models of each split, in its share", () => {
    const all = zooSplits(zoo);
    const some = zooSplits(zoo, { models: 10, checkpoints: 3 });
    const everySecond = (models: number[]) => models.filter((_, i) => i % 2 === 1);
    expect(modelsOf(some.train)).toEqual(everySecond(modelsOf(all.train)));
    expect(modelsOf(some.test)).toEqual(everySecond(modelsOf(all.test)));
    expect(some.validation.weights.rows).toBe(2 * 3);
    expect(zooSplits(zoo, { models: 1000 }).train.weights.rows).toBe(all.train.weights.rows);
    // A split keeps a model however few are asked for.
    expect(modelsOf(zooRows(zoo, "test", { models: 1 }))).toHaveLength(1);
  });

  it.each([0, -1, 1.5, Number.NaN])("but not to %d models or checkpoints", (count) => {
    const refusal = expect.objectContaining({ code: "zoo-rows/count", value: count });
    expect(() => zooSplits(zoo, { models: count })).toThrow(refusal);
    expect(() => zooRows(zoo, "train", { checkpoints: count })).toThrow(refusal);
    expect(() => zooRows(zoo, "train", { epochs: 3 } as never)).toThrow(/no option "epochs"/);
  });
});

describe("what nothing can be learned from", () => {
  it("is left out: models of which a checkpoint diverged", async () => {
    const broken = await trained({ models: 20, epochs: 3, split }, "fakeEngine");
    expect(broken.diverged.length).toBeGreaterThan(0);
    const { train, validation, test } = zooSplits(broken);
    const kept = [train, validation, test].flatMap(modelsOf);
    expect(kept.length).toBe(20 - broken.diverged.length);
    expect(kept.filter((model) => broken.diverged.includes(model))).toEqual([]);
  });

  it("is refused: an empty split, by its name", async () => {
    const few = await trained({ models: 3, split: { train: 0.8, validation: 0.1, test: 0.1, seed: 1 } });
    const empty = (["train", "validation", "test"] as const).filter(
      (name) => !few.facts.split.includes(name),
    );
    expect(empty.length).toBeGreaterThan(0);
    for (const name of empty) {
      const refusal = expect.objectContaining({ name: "SpecError", code: "representation/empty" });
      expect(() => zooRows(few, name)).toThrow(refusal);
      expect(() => zooRows(few, name)).toThrow(`the ${name} split of ${few.spec.name}: there are no rows`);
    }
  });

  it("is refused: networks of several shapes", async () => {
    const spec = namedZoo("nws", "smoke", { models: 10, epochs: 1, trainImages: 200, testImages: 20 });
    const names = new Set(zooModels(spec).map(({ dataset }) => dataset));
    const datasets = Object.fromEntries(
      [...names].map((name, i) => [name, { ...noiseData(200, 20), name, hash: String(i).repeat(64) }]),
    );
    const mixed = await trainZoo(spec, { datasets, engine: fake(), workers: 2, folder: sharedScratch() });
    expect(() => zooSplits(mixed)).toThrow(expect.objectContaining({ name: "SpecError", code: "zoo/mixed" }));
  });

  it("is refused: weights that are not finite, by the split and its row", async () => {
    const damaged = await trained({ models: 20, epochs: 3, split });
    const place = damaged.facts.split.indexOf("test");
    damaged.weights.data[(place + 2) * damaged.weights.cols + 5] = Number.NaN;
    const refusal = expect.objectContaining({ name: "DataError", code: "representation/nan", value: 2 });
    expect(() => zooRows(damaged, "test")).toThrow(refusal);
    expect(() => zooRows(damaged, "test")).toThrow(/the test split of .*: weight 5 of row 2 is NaN/);
    expect(zooRows(damaged, "train").weights.rows).toBeGreaterThan(0);
  });
});
