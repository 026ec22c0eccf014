import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { structureKey, zooModels } from "#lib/zoo/spec/models.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import type { ModelSpec, ZooSpecInput } from "#lib/zoo/types.js";
import { dropoutSpec, familySpec } from "../helpers/specs.js";

const share = fc.double({ min: 0.25, max: 1, noNaN: true });
const belowOne = fc.double({ min: 0, max: 0.99, noNaN: true });
const rate = fc.double({ min: 1e-6, max: 10, noNaN: true });

/** Some different values in a list, or as a choice. */
function listed<T>(value: fc.Arbitrary<T>, choices = true) {
  const list = fc.uniqueArray(value, { minLength: 1, maxLength: 4, comparator: (a, b) => sameJson(a, b) });
  const choice = list.map((values) => ({ distribution: "choice" as const, values }));
  return choices ? fc.oneof(list, choice) : list;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Lists, choices or ranges of numbers. */
function numbers(value: fc.Arbitrary<number>, kinds: readonly ("uniform" | "log-uniform" | "integer")[]) {
  const range = fc
    .tuple(value, value, fc.constantFrom(...kinds))
    .map(([a, b, distribution]) => ({ distribution, low: Math.min(a, b), high: Math.max(a, b) }));
  return fc.oneof(listed(value), range);
}

const wholes = (min: number, max: number) => numbers(fc.integer({ min, max }), ["integer"]);

const variations = fc.record(
  {
    activation: listed(fc.constantFrom("relu", "tanh", "gelu", "silu")),
    augmentation: listed(fc.record({ shift: fc.nat(3), flip: fc.boolean() })),
    batchSize: wholes(1, 8),
    dataset: listed(fc.constantFrom("mnist", "strokes", "noise")),
    initializer: listed(
      fc.constantFrom(
        "normal",
        "zeros",
        { type: "constant" as const, value: 0.1 },
        { type: "uniform" as const, high: 2 },
      ),
    ),
    learningRate: numbers(rate, ["uniform", "log-uniform"]),
    learningRateDecay: numbers(share, ["uniform"]),
    trainFraction: numbers(share, ["uniform", "log-uniform"]),
    weightDecay: numbers(belowOne, ["uniform"]),
    optimizer: listed(fc.constantFrom("sgd", "nesterov", "adamw", { type: "rmsprop" as const, alpha: 0.5 })),
  },
  { requiredKeys: [] },
);

const ofLayers = fc.record({ dropout: numbers(belowOne, ["uniform"]) }, { requiredKeys: [] });
const ofFamily = fc.record(
  {
    "network.kernel": listed(fc.constantFrom(1, 3, 5)),
    "network.convLayers": wholes(1, 3),
    "network.width": wholes(1, 4),
    "network.batchNorm": listed(fc.boolean()),
    "network.denseWidth": wholes(1, 8),
  },
  { requiredKeys: [] },
);

const networks = fc.oneof(
  fc.tuple(variations, ofLayers).map(([vary, own]) => dropoutSpec({ vary: { ...vary, ...own } })),
  fc.tuple(variations, ofFamily).map(([vary, own]) => familySpec({ vary: { ...vary, ...own } })),
);

const stopping = fc.option(
  fc.record({
    patience: fc.integer({ min: 1, max: 5 }),
    minDelta: belowOne,
    validationImages: fc.constant(8),
  }),
);

/** Specifications that are valid, as they may be written. */
const specs: fc.Arbitrary<ZooSpecInput> = fc
  .record({
    spec: networks,
    wanted: fc.integer({ min: 1, max: 60 }),
    kind: fc.constantFrom("range", "fixed", "drawn"),
    seed: fc.nat(1000),
    count: fc.integer({ min: 1, max: 6 }),
    earlyStopping: stopping,
  })
  .map(({ spec, wanted, kind, seed, count, earlyStopping }) => {
    const lists = Object.values(spec.vary ?? {});
    const grid = lists.every((variation) => Array.isArray(variation));
    const size = lists.reduce((product, list) => product * (Array.isArray(list) ? list.length : 1), 1);
    const repeats = grid ? count : 1;
    const models = grid && kind !== "range" ? Math.min(wanted, size * repeats) : wanted;
    const seeds: Record<string, ZooSpecInput["seeds"]> = {
      range: { kind: "range", from: seed },
      fixed: { kind: "fixed", from: seed, count: repeats },
      drawn: { kind: "drawn", seed, count: repeats },
    };
    return { ...spec, models, seeds: seeds[kind], earlyStopping };
  });

describe("any valid specification", () => {
  test("parses to one that JSON keeps and that parses to itself", () => {
    fc.assert(
      fc.property(specs, (input) => {
        const spec = parseZooSpec(input);
        expect(parseZooSpec(spec)).toEqual(spec);
        expect(parseZooSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
      }),
      { numRuns: 200 },
    );
  });

  test("has as many models as it says, with seeds and numbers that can be trained", () => {
    fc.assert(
      fc.property(specs, (input) => {
        const spec = parseZooSpec(input);
        const models = zooModels(spec);
        expect(models.map(({ model }) => model)).toEqual(Array.from({ length: spec.models }, (_, i) => i));
        const trainable = spec.dataset.trainImages - (spec.earlyStopping?.validationImages ?? 0);
        for (const { seed, batchSize, trainFraction, optimizer, dropout } of models) {
          expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
          expect(batchSize).toBeLessThanOrEqual(Math.round(trainFraction * trainable));
          expect(optimizer.learningRate).toBeGreaterThan(0);
          expect(dropout).toBeLessThan(1);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("has models that JSON's copy of it has too, and no model twice in a grid", () => {
    fc.assert(
      fc.property(specs, (input) => {
        const spec = parseZooSpec(input);
        const models = zooModels(spec);
        const again = zooModels(parseZooSpec(JSON.parse(JSON.stringify(spec))));
        expect(again).toEqual(models);
        const isGrid = Object.values(spec.vary).every((variation) => Array.isArray(variation));
        if (!isGrid) return;
        const words = ({ model: _, ...rest }: ModelSpec) =>
          `${structureKey({ model: 0, ...rest })} ${JSON.stringify(rest)}`;
        expect(new Set(models.map(words)).size).toBe(models.length);
      }),
      { numRuns: 100 },
    );
  });
});
