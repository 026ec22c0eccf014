import { describe, expect, test } from "vitest";
import { augmentations, hyperConfig, hyperRepresentation, tetrisConfig } from "#lib/representations/index.js";

const erasing = { probability: 0.5, low: 0.03, high: 0.3 };
const augmented = (fields: object) => ({
  augmentations: { permutation: true, erasing, noise: 0, ...fields },
});

describe("the configuration of a hyper-representation", () => {
  test("is the paper's for tetris, but for the fields that are given", () => {
    expect(hyperConfig()).toEqual(tetrisConfig);
    expect(hyperConfig({ latent: 20 })).toEqual({ ...tetrisConfig, latent: 20 });
    const base = hyperConfig({ width: 64 });
    expect(hyperConfig({ heads: 4 }, base)).toEqual({ ...tetrisConfig, width: 64, heads: 4 });
  });

  test("accepts the ends of its ranges", () => {
    const ends = { dropout: 0, beta: 1, weightDecay: 0, snapshots: 0, earlyStopping: { patience: 1 } };
    expect(hyperConfig({ ...ends, schedule: { kind: "cosine", warmup: 0 } })).toMatchObject(ends);
    expect(hyperConfig({ beta: 0, ...augmented({ erasing: null }) }).augmentations.erasing).toBeNull();
    expect(() => hyperConfig(augmented({ erasing: { probability: 1, low: 1, high: 1 } }))).not.toThrow();
  });

  const wrong: [string, object][] = [
    ["architecture", { architecture: "AttX" }],
    ["loss", { loss: "DE" }],
    ["positive", { positive: "sine" }],
    ["views", { views: "same" }],
    ["target", { target: "clean" }],
    ["normalise", { normalise: "all" }],
    ["tanh", { tanh: "yes" }],
    ...["blocks", "heads", "width", "hidden", "latent", "steps", "batch", "evaluations"].flatMap((field) =>
      [0, -1, 1.5, Number.NaN, "3", undefined].map((value): [string, object] => [field, { [field]: value }]),
    ),
    ...[-0.1, 1, Number.NaN].map((dropout): [string, object] => ["dropout", { dropout }]),
    ...[-0.1, 1.1, Number.NaN].map((beta): [string, object] => ["beta", { beta }]),
    ...[0, -1, Infinity].map((temperature): [string, object] => ["temperature", { temperature }]),
    ...[0, -1, Infinity].map((learningRate): [string, object] => ["learningRate", { learningRate }]),
    ["weightDecay", { weightDecay: -1 }],
    ["snapshots", { snapshots: 1.5 }],
    ["snapshots", { snapshots: -1 }],
    ["heads", { width: 10, heads: 3 }],
    ["augmentations", { augmentations: null }],
    ["permutation", augmented({ permutation: 1 })],
    ["permutation", { augmentations: { erasing: null, noise: 0 } }],
    ["noise", augmented({ noise: -1 })],
    ["noise", augmented({ noise: Infinity })],
    ["erasing", augmented({ erasing: undefined })],
    ["erasing.probability", augmented({ erasing: { ...erasing, probability: 1.5 } })],
    ["erasing", augmented({ erasing: { ...erasing, low: 0.5 } })],
    ["erasing", augmented({ erasing: { ...erasing, high: 1.5 } })],
    ["schedule", { schedule: null }],
    ["schedule", { schedule: { kind: "linear" } }],
    ["schedule.factor", { schedule: { kind: "plateau", factor: 1, patience: 2 } }],
    ["schedule.patience", { schedule: { kind: "plateau", factor: 0.5, patience: 0 } }],
    ["schedule.warmup", { schedule: { kind: "cosine", warmup: 1 } }],
    ["earlyStopping", { earlyStopping: undefined }],
    ["earlyStopping.patience", { earlyStopping: {} }],
    ["earlyStopping.patience", { earlyStopping: { patience: 0.5 } }],
  ];
  test.each(wrong)("names %s where it is wrong: %o", (field, fields) => {
    const refusal = expect.objectContaining({ name: "SpecError", code: "hyper/config" });
    expect(() => hyperConfig(fields)).toThrow(refusal);
    expect(() => hyperConfig(fields)).toThrow(`a hyper-representation's ${field} is `);
  });

  const unknown: [string, object][] = [
    ["epochs", { epochs: 3 }],
    ["erase", augmented({ erase: null })],
    ["share", augmented({ erasing: { ...erasing, share: 0.5 } })],
    ["gamma", { schedule: { kind: "plateau", factor: 0.5, patience: 2, gamma: 1 } }],
    ["delta", { earlyStopping: { patience: 2, delta: 1 } }],
  ];
  test.each(unknown)("does not know %s", (field, fields) => {
    expect(() => hyperConfig(fields)).toThrow(
      expect.objectContaining({ name: "SpecError", code: "options/unknown", value: field }),
    );
  });

  test("is checked before anything is fitted", () => {
    expect(() => hyperRepresentation("EcD", { latent: -1 })).toThrow("a hyper-representation's latent is -1");
  });
});

describe("augmentations by the letters of Table 3", () => {
  test.each([
    ["none", false, false, false],
    ["", false, false, false],
    ["P", true, false, false],
    ["E", false, true, false],
    ["N", false, false, true],
    ["P,E", true, true, false],
    ["P, E", true, true, false],
    ["E,N", false, true, true],
    ["P,E,N", true, true, true],
  ])('"%s"', (letters, permutation, isErasing, isNoisy) => {
    const expected = { permutation, erasing: isErasing ? erasing : null, noise: isNoisy ? 0.05 : 0 };
    expect(augmentations(letters)).toEqual(expected);
    expect(hyperConfig({ augmentations: augmentations(letters) }).augmentations).toEqual(expected);
  });

  test.each(["p", "X", "P,X", "PE", "P,,E", "P,none"])('not "%s"', (letters) => {
    expect(() => augmentations(letters)).toThrow(
      expect.objectContaining({ name: "SpecError", code: "hyper/augmentations" }),
    );
  });
});
