import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import {
  type Invariance,
  type MiwdSetting,
  miwdSetting,
  permutedWeights,
  reorderings,
  runInvariance,
  sameSettings,
  transposedWeights,
} from "#lib/experiments/index.js";
import { distanceClaims, ownShare } from "#lib/experiments/miwd/invariance-tables.js";
import { weightLayout } from "#lib/networks/layout.js";
import { windowedHistogram } from "#lib/representations/index.js";
import { namedZoo, type TrainedZoo, trainZoo, zooModels } from "#lib/zoo/index.js";
import type { ZooSpecInput } from "#lib/zoo/types.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-invariance-"));
const setting: MiwdSetting = { ...miwdSetting("smoke"), sizes: [16, 64], invarianceModels: 8, retrained: 2 };
const rng = () => RandomStream.fromSeed(5);
const again: ZooSpecInput[] = [];
let zoo: TrainedZoo;
let found: Invariance;

beforeAll(async () => {
  const small = { dataset: "strokes", models: 20, epochs: 1, trainImages: 100, testImages: 50 };
  zoo = await trainZoo(namedZoo("nws", "smoke", small), { folder: join(folder, "zoo") });
  found = await runInvariance(zoo, {
    setting,
    rng: rng(),
    train: (spec) => {
      again.push(spec);
      return trainZoo(spec, { folder: join(folder, `again-${again.length}`) });
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("weights of the same network in another order", () => {
  const { network } = zooModels(namedZoo("nws", "smoke"))[0];
  const layout = weightLayout(network);
  const weights = Float32Array.from({ length: layout.parameters }, (_, i) => i);

  test("permuted neurons keep all weights, each in its tensor", () => {
    const permuted = permutedWeights(weights, network, rng());
    expect(permuted).not.toEqual(weights);
    for (const { offset, shape } of layout.tensors) {
      const end = offset + shape.reduce((product, side) => product * side, 1);
      expect(permuted.slice(offset, end).sort()).toEqual(weights.slice(offset, end));
    }
  });

  test("transposed kernels hold the weight of [output, input, row, column] at the reverse place", () => {
    const transposed = transposedWeights(weights, layout);
    for (const { name, offset, shape } of layout.tensors) {
      if (name !== "kernel") {
        expect(transposed[offset]).toBe(weights[offset]);
        continue;
      }
      const [outputs, inputs, height = 1, width = 1] = shape;
      const [o, i, r, c] = [outputs - 1, Math.floor(inputs / 2), 0, width - 1];
      const from = ((o * inputs + i) * height + r) * width + c;
      const to = ((c * height + r) * inputs + i) * outputs + o;
      expect(transposed[offset + to]).toBe(weights[offset + from]);
    }
    expect(transposed.slice().sort()).toEqual(weights);
  });
});

describe("invariance", () => {
  test("is measured of descriptors at each size and scale, raw vectors and global statistics", () => {
    expect(found.distances.rows).toEqual([
      "MI-WD 16",
      "MI-WD 64",
      "MI-WD 16, standardised",
      "MI-WD 64, standardised",
      "raw 64",
      "global statistics",
    ]);
    expect(found.distances.columns).toEqual([...reorderings]);
    expect(found.larger.rows).toEqual(found.distances.rows);
    const initialisers = [...new Set(zoo.facts.init)].sort();
    const descriptors = ["MI-WD 64", "MI-WD 64, standardised"];
    expect(initialisers.flatMap((init) => descriptors.map((name) => `${name}: ${init}`))).toEqual(
      expect.arrayContaining([...found.byInit.rows]),
    );
    for (const { distances } of found.measured) {
      expect(distances["permuted neurons"].own).toHaveLength(8);
      expect(distances["trained from another seed"].own).toHaveLength(2);
    }
  });

  test("distances are those between histograms", () => {
    const { own, between } = found.measured[1].distances["transposed export"];
    // Which of the zoo's models were chosen is not told; each distance is one of theirs.
    const settings = { windows: 8, bins: 8 };
    const euclid = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((value, i) => value - b[i]));
    const moved = Array.from(zoo.facts.model, (model, row) => {
      const weights = zoo.weightsOf(row);
      const copy = transposedWeights(weights, zoo.layoutOf(model));
      return euclid(windowedHistogram(weights, settings), windowedHistogram(copy, settings));
    });
    for (const distance of own) {
      expect(Math.min(...moved.map((value) => Math.abs(value - distance)))).toBeLessThan(1e-6);
    }
    between.forEach((row, i) => {
      expect(row[i]).toBe(0);
    });
  });

  test("models are trained again with their own settings, from seeds that the zoo does not have", () => {
    expect(again).toHaveLength(2);
    const seeds = again.flatMap(({ seeds: own, models }) =>
      own.kind === "range" ? Array.from({ length: models }, (_, i) => own.from + i) : [],
    );
    expect(new Set(seeds).size).toBe(8);
    for (const seed of seeds) expect(zoo.facts.seed).not.toContain(seed);
    const model = zooModels(zoo.spec)[7];
    const [own] = zooModels(sameSettings(zoo.spec, model, 999) as typeof zoo.spec);
    expect({ ...own, model: 7, seed: model.seed }).toEqual(model);
  });

  test("a share is a median over a median, in percent, and undefined of fewer than two models", () => {
    const between = [0, 1, 2].map((i) => Float64Array.from([0, 1, 2], (j) => 4 * Math.abs(i - j)));
    const distances = { own: Float64Array.of(1, 1, 1), between };
    const share = ownShare(distances, [0, 1, 2], rng())!;
    expect(share.value).toBe(25);
    expect(share.low).toBeGreaterThanOrEqual(12.5);
    expect(ownShare(distances, [2], rng())).toBeUndefined();
    expect(ownShare({ ...distances, own: Float64Array.of(1, Number.NaN) }, [0, 1, 2], rng())).toBeUndefined();
  });

  test("claims hold where the copy is near, fail where it is far, and are open where runs are small", () => {
    const between = Array.from({ length: 9 }, (_, i) =>
      Float64Array.from({ length: 9 }, (__, j) => (i === j ? 0 : 10)),
    );
    const at = (distance: number) => ({ own: new Float64Array(9).fill(distance), between });
    const distances = {
      "permuted neurons": at(0.5),
      "transposed export": at(5),
      "trained from another seed": at(9),
    };
    const claims = distanceClaims(
      [{ name: "MI-WD 64", isDescriptor: true, distances }],
      [...between.keys()],
      { text: "", rng: rng() },
    );
    expect(claims.map(({ verdict, ours }) => [verdict, ours])).toEqual([
      ["holds", 5],
      ["fails", 50],
    ]);
    const measured = [{ name: "MI-WD 64", isDescriptor: true, distances }];
    const [named] = distanceClaims(measured, [0, 1], { text: "", networks: "large", rng: rng() });
    expect(named.claim).toMatch(/^large: MI-WD 64, permuted neurons/);
    expect(found.claims).toHaveLength(8);
    for (const { verdict } of found.claims) expect(verdict).toBe("undecided");
  });
});
