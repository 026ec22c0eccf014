import { describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { drawStrokes, drawTetris } from "#lib/datasets/index.js";
import { tetrisPixel } from "#lib/datasets/tetris.js";
import { forward, mnistCnn, type NetworkSpec, tetrisMlp } from "#lib/networks/index.js";
import type { Augmentations, HyperConfig } from "#lib/representations/hyper/config.js";
import { tokenPlan } from "#lib/representations/hyper/tokens.js";
import { permutedRows, toLayoutOrder, toTokenOrder, ViewMaker } from "#lib/representations/hyper/views.js";
import type { WeightRows } from "#lib/representations/types.js";
import { normedCnn, randomRows, tinyConfig } from "../helpers/hyper.js";

const erasing = { probability: 0.5, low: 0.03, high: 0.3 };
const none: Augmentations = { permutation: false, erasing: null, noise: 0 };

function setting(network: NetworkSpec, fields: Partial<HyperConfig>, rows = 4) {
  const config = tinyConfig({ latent: 2, ...fields });
  const source = randomRows(network, rows);
  const plan = tokenPlan(source.layout, config);
  return { config, source, plan, maker: new ViewMaker(config, plan, network) };
}

/** Views of all rows, cut up: `views[view][sample]`, in token order. */
function made(network: NetworkSpec, fields: Partial<HyperConfig>, { rows = 4, seed = 1 } = {}) {
  const { source, plan, maker } = setting(network, fields, rows);
  const chosen = Uint32Array.from({ length: rows }, (_, i) => i);
  const batch = maker.make(source.weights, chosen, RandomStream.fromSeed(seed));
  const cut = (values: Float32Array) =>
    [0, 1].map((view) =>
      Array.from({ length: rows }, (_, i) => {
        const at = (view * rows + i) * plan.parameters;
        return values.slice(at, at + plan.parameters);
      }),
    );
  const originals = Array.from({ length: rows }, (_, i) => rowOf(source, i));
  const inOrder = cut(
    new Float32Array([...toTokenOrder(source.weights, plan), ...toTokenOrder(source.weights, plan)]),
  );
  return {
    batch,
    plan,
    views: cut(batch.views),
    targets: cut(batch.targets),
    originals,
    inTokenOrder: inOrder[0],
  };
}

function rowOf({ weights }: WeightRows, i: number): Float32Array {
  return weights.data.slice(i * weights.cols, (i + 1) * weights.cols);
}

const { scale, shift } = tetrisPixel;
const tetris = Array.from(
  drawTetris(8, { rng: RandomStream.fromSeed(8) }).images,
  (byte) => byte * scale + shift,
);
const strokes = await drawStrokes(3, { rng: RandomStream.fromSeed(8), size: 28 });

/** Drawn images that the network is for; normal noise for that of no data set. */
function inputsOf({ input, name }: NetworkSpec): number[] {
  if (name === "tetris-mlp") return tetris;
  if (name === "mnist-cnn") return Array.from(strokes.images, (byte) => byte / 255);
  const rng = RandomStream.fromSeed(8);
  return Array.from({ length: 3 * input.channels * input.height * input.width }, () => rng.normal());
}

function expectSameFunction(network: NetworkSpec, weights: Float32Array, original: Float32Array): void {
  const inputs = inputsOf(network);
  const [ours, theirs] = [weights, original].map((w) => forward(network, w, inputs));
  const largest = Math.max(...theirs.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  const apart = Math.max(...theirs.map((value, i) => Math.abs(ours[i] - value)));
  expect(apart).toBeLessThanOrEqual(1e-6 * largest);
}

const networks: [string, NetworkSpec][] = [
  ["the tetris network", tetrisMlp()],
  ["a convolutional network with biases", mnistCnn()],
  ["a convolutional network with batch norm", normedCnn],
];

describe.each(networks)("permuted views of %s", (_name, network) => {
  const fields = { augmentations: { ...none, permutation: true } };

  test.each(["AttN", "AttW", "FF"] as const)("compute what the network computes (%s)", (architecture) => {
    const { views, originals, plan } = made(network, { ...fields, architecture }, { rows: 2 });
    for (const view of views) {
      view.forEach((values, i) => {
        const weights = toLayoutOrder(values, plan);
        expect(weights).not.toEqual(originals[i]);
        expect(weights.slice().sort()).toEqual(originals[i].slice().sort());
        expectSameFunction(network, weights, originals[i]);
      });
    }
    // Two views in two orders.
    expect(views[0][0]).not.toEqual(views[1][0]);
  });

  test("are what permutedRows gives as well: each row in an order of its own", () => {
    const source = randomRows(network, 3);
    const permuted = { ...source, weights: permutedRows(source, RandomStream.fromSeed(2)) };
    for (let i = 0; i < 3; i++) {
      expect(rowOf(permuted, i)).not.toEqual(rowOf(source, i));
      expectSameFunction(network, rowOf(permuted, i), rowOf(source, i));
    }
  });

  test("are in token order, which is undone exactly", () => {
    const { source, plan } = setting(network, fields);
    expect(toLayoutOrder(toTokenOrder(source.weights, plan), plan)).toEqual(source.weights.data);
    expect(made(network, { augmentations: none }).views[1]).toEqual(made(network, {}).inTokenOrder);
  });
});

describe("erasing", () => {
  const fields = { augmentations: { ...none, erasing } };

  test("sets one contiguous block of 3 to 30 percent to zero, in about half of the views", () => {
    const rows = 600;
    const { views, inTokenOrder } = made(tetrisMlp(), fields, { rows });
    const lengths: number[] = [];
    const starts = new Set<number>();
    for (const view of views) {
      view.forEach((values, i) => {
        const zeros = [...values.keys()].filter((p) => values[p] === 0);
        values.forEach((value, p) => {
          if (value !== 0) expect(value).toBe(inTokenOrder[i][p]);
        });
        if (zeros.length === 0) return;
        expect(zeros[zeros.length - 1] - zeros[0] + 1).toBe(zeros.length);
        lengths.push(zeros.length);
        starts.add(zeros[0]);
      });
    }
    // 1200 views: expected 600, deviation 17.3.
    expect(Math.abs(lengths.length - 600)).toBeLessThan(5 * 17.3);
    expect(Math.min(...lengths)).toBe(3);
    expect(Math.max(...lengths)).toBe(30);
    // Uniform from 3 to 30: mean 16.5, deviation of the mean of 600 is .32.
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(Math.abs(mean - 16.5)).toBeLessThan(5 * 0.32);
    expect(Math.min(...starts)).toBeLessThan(3);
    expect(Math.max(...starts)).toBeGreaterThan(85);
  });

  test("never with probability 0, always with 1, each view for itself", () => {
    const share = (probability: number) => {
      const { views } = made(tetrisMlp(), {
        augmentations: { ...none, erasing: { ...erasing, probability } },
      });
      return views.flat().filter((values) => values.includes(0)).length / 8;
    };
    expect([share(0), share(1)]).toEqual([0, 1]);
    const { views } = made(tetrisMlp(), {
      augmentations: { ...none, erasing: { ...erasing, probability: 1 } },
    });
    expect(views[0]).not.toEqual(views[1]);
  });
});

test("noise is normal, of its deviation, and independent in the two views", () => {
  const { views, inTokenOrder } = made(
    tetrisMlp(),
    { augmentations: { ...none, noise: 0.05 } },
    { rows: 200 },
  );
  const noise = views.map((view) =>
    view.flatMap((values, i) => [...values].map((v, p) => v - inTokenOrder[i][p])),
  );
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const values of noise) {
    // 20,000 draws: the mean's deviation is 3.5e-4, that of the deviation 2.5e-4.
    expect(Math.abs(mean(values))).toBeLessThan(5 * 3.5e-4);
    expect(Math.abs(Math.sqrt(mean(values.map((v) => v * v))) - 0.05)).toBeLessThan(5 * 2.5e-4);
    expect(mean(values.map((v) => (v / 0.05) ** 4))).toBeCloseTo(3, 0);
  }
  const correlation = mean(noise[0].map((v, i) => v * noise[1][i])) / 0.05 ** 2;
  expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(20_000));
});

describe("the two views", () => {
  const all: Augmentations = { permutation: true, erasing: { ...erasing, probability: 1 }, noise: 0.05 };
  const permuting = { augmentations: { ...none, permutation: true } };

  test('"identical" are equal to the bit, whatever is done to them', () => {
    const { views, targets } = made(tetrisMlp(), { views: "identical", augmentations: all });
    expect(views[0]).toEqual(views[1]);
    expect(targets[0]).toEqual(targets[1]);
  });

  test('"same-permutation" share the order, but neither block nor noise', () => {
    const { views, inTokenOrder } = made(tetrisMlp(), { views: "same-permutation", ...permuting });
    expect(views[0]).toEqual(views[1]);
    expect(views[0]).not.toEqual(inTokenOrder);
    const changed = made(tetrisMlp(), { views: "same-permutation", augmentations: all });
    expect(changed.views[0]).not.toEqual(changed.views[1]);
    expect(changed.targets[0]).toEqual(changed.targets[1]);
  });

  test('"released" are one view twice without permutation, and independent with it', () => {
    const still = made(tetrisMlp(), { views: "released", augmentations: { ...all, permutation: false } });
    expect(still.views[0]).toEqual(still.views[1]);
    expect(still.views[0]).not.toEqual(still.inTokenOrder);
    const moved = made(tetrisMlp(), { views: "released", ...permuting });
    expect(moved.views[0]).not.toEqual(moved.views[1]);
    expect(moved.batch).toEqual(made(tetrisMlp(), permuting).batch);
  });

  test("are the samples that were chosen, in their order", () => {
    const { source, maker, plan } = setting(tetrisMlp(), { augmentations: none });
    const { views, samples } = maker.make(source.weights, [3, 1], RandomStream.fromSeed(1));
    expect(samples).toBe(2);
    const order = toTokenOrder(source.weights, plan);
    const row = (i: number) => [...order.subarray(100 * i, 100 * (i + 1))];
    expect([...views]).toEqual([...row(3), ...row(1), ...row(3), ...row(1)]);
  });
});

describe("targets", () => {
  const all: Augmentations = { permutation: true, erasing: { ...erasing, probability: 1 }, noise: 0 };

  test('"permuted" are the views before erasing and noise', () => {
    const { views, targets, originals, plan } = made(tetrisMlp(), { augmentations: all });
    views.flat().forEach((view, i) => {
      const target = targets.flat()[i];
      view.forEach((value, p) => {
        if (value !== 0) expect(value).toBe(target[p]);
      });
      expect(target).not.toContain(0);
      expectSameFunction(tetrisMlp(), toLayoutOrder(target, plan), originals[i % 4]);
    });
    expect(targets[0]).not.toEqual(targets[1]);
    const noisy = { augmentations: { ...all, erasing: null, noise: 0.05 } };
    const { targets: clean } = made(tetrisMlp(), noisy);
    expect(clean).toEqual(made(tetrisMlp(), { augmentations: { ...none, permutation: true } }).views);
  });

  test('"view" are the views as they are, and so is "permuted" where nothing is changed: the same array', () => {
    for (const fields of [
      { target: "view", augmentations: all },
      { target: "permuted", augmentations: { ...none, permutation: true } },
      { target: "original", augmentations: none },
    ] as const) {
      const { batch } = made(tetrisMlp(), fields);
      expect(batch.targets).toBe(batch.views);
    }
  });

  test.each(["independent", "identical", "same-permutation"] as const)(
    '"original" are the rows (%s)',
    (views) => {
      const { targets, inTokenOrder } = made(tetrisMlp(), { target: "original", views, augmentations: all });
      expect(targets).toEqual([inTokenOrder, inTokenOrder]);
    },
  );
});

test("equal seeds give equal bits, others other views", () => {
  const fields = { augmentations: { permutation: true, erasing, noise: 0.05 } };
  const [one, again, other] = [5, 5, 6].map((seed) => made(mnistCnn(), fields, { seed }).batch);
  expect(again).toEqual(one);
  expect(other.views).not.toEqual(one.views);
  expect(other.targets).not.toEqual(one.targets);
});

describe("permutation is refused", () => {
  const permuting = tinyConfig({ augmentations: { ...none, permutation: true } });
  const { weights, layout } = randomRows(tetrisMlp(), 2);
  const plan = tokenPlan(layout, permuting);
  const refusal = expect.objectContaining({ name: "SpecError", code: "hyper/network" });

  test("without a known network", () => {
    expect(() => new ViewMaker(permuting, plan, undefined)).toThrow(refusal);
    expect(() => permutedRows({ weights, layout }, RandomStream.fromSeed(1))).toThrow(refusal);
    expect(() => new ViewMaker(tinyConfig({ augmentations: none }), plan, undefined)).not.toThrow();
  });

  test("with the network of other weights", () => {
    expect(() => new ViewMaker(permuting, plan, mnistCnn())).toThrow(refusal);
    expect(() => permutedRows({ weights, layout, network: mnistCnn() }, RandomStream.fromSeed(1))).toThrow(
      'the rows have 100 weights but their network "mnist-cnn" 2464',
    );
  });
});
