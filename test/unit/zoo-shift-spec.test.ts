import { describe, expect, test } from "vitest";
import { SpecError } from "#lib/core/errors.js";
import { listNamedZoos, namedZoo } from "#lib/zoo/named.js";
import { parseZooSpec, zooKey } from "#lib/zoo/spec/spec.js";
import { shiftText } from "#lib/zoo/spec/spec-shift.js";
import type { ZooShift, ZooSpecInput } from "#lib/zoo/types.js";
import { plainSpec } from "../helpers/specs.js";

/** Keys of the named zoos at laptop, as they were before there were shifts; data and engine are made up. */
const keysBefore = [
  ["mlp-trajectory", "7e280aa3ef93"],
  ["cnn-trajectory", "25a306192c12"],
  ["tetris-seed", "e7f24815ccc0"],
  ["tetris-hyp", "30ad49072053"],
  ["mnist-seed", "924e9437a806"],
  ["fashion-seed", "27111e945480"],
  ["mnist-hyp-1-fix-seed", "ab7fcdad192e"],
  ["mnist-hyp-1-rand-seed", "22014f14f987"],
  ["mnist-hyp-5-fix-seed", "55dee0c0e34f"],
  ["mnist-hyp-5-rand-seed", "420753accc34"],
  ["mnist-hyp", "fba9ebaee4f0"],
  ["fashion-hyp", "85eaaa62d9b7"],
  ["cifar10-hyp", "d3ee481eebb5"],
  ["svhn-hyp", "e3ec3ac14d0f"],
  ["strokes-hyp", "3c4da36d9e11"],
  ["nws", "6b128e0303e3"],
];

test("specifications without a shift keep their keys", () => {
  const keyOf = (spec: ZooSpecInput) => zooKey(parseZooSpec(spec), "data", "engine").slice(0, 12);
  // Those of the 2,464-weight network had twice the images then.
  const sizeOf = (name: string) => (/^(mnist|fashion)-(seed|hyp-)/.test(name) ? { trainImages: 6000 } : {});
  const named = listNamedZoos().map(({ name }) => [name, keyOf(namedZoo(name, "laptop", sizeOf(name)))]);
  expect(named).toEqual(keysBefore);
  const plain = keyOf(plainSpec());
  expect(keyOf(plainSpec({ shift: null }))).toBe(plain);
  expect(keyOf(plainSpec({ shift: undefined }))).toBe(plain);
  expect(keyOf(plainSpec({ shift: { afterEpoch: 1, dataset: "noise" } }))).not.toBe(plain);
});

describe("a shift", () => {
  const shiftOf = (shift: ZooShift) => parseZooSpec(plainSpec({ shift })).shift;

  test("has as many images as before where it does not say", () => {
    const filled = { afterEpoch: 1, dataset: "other", trainImages: 40, testImages: 20 };
    expect(shiftOf({ afterEpoch: 1, dataset: "other" })).toEqual(filled);
    expect(shiftOf({ ...filled, trainImages: 30 })).toEqual({ ...filled, trainImages: 30 });
    expect(shiftOf({ afterEpoch: 0, learningRate: 0.5 })).toEqual({ afterEpoch: 0, learningRate: 0.5 });
    const spec = parseZooSpec(plainSpec({ shift: { ...filled, learningRate: 1 } }));
    expect(parseZooSpec(spec)).toEqual(spec);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });

  test.each([
    ["shift", 5, "shift is 5"],
    ["shift", {}, "shift.afterEpoch is undefined"],
    ["shift", { afterEpoch: 1 }, "another dataset, learningRate, or both"],
    ["shift.afterEpoch", { afterEpoch: -1, dataset: "other" }, "shift.afterEpoch is -1"],
    ["shift.afterEpoch", { afterEpoch: 1.5, dataset: "other" }, "shift.afterEpoch is 1.5"],
    ["shift.afterEpoch", { afterEpoch: 3, dataset: "other" }, "below epochs, which is 3"],
    ["shift.dataset", { afterEpoch: 1, dataset: "" }, "shift.dataset is"],
    ["shift.dataset", { afterEpoch: 1, dataset: 7 }, "shift.dataset is 7"],
    ["shift.trainImages", { afterEpoch: 1, dataset: "other", trainImages: 0 }, "shift.trainImages is 0"],
    ["shift.testImages", { afterEpoch: 1, dataset: "other", testImages: "9" }, "shift.testImages is"],
    ["shift.trainImages", { afterEpoch: 1, learningRate: 1, trainImages: 30 }, "no dataset of its own"],
    ["shift.learningRate", { afterEpoch: 1, learningRate: 0 }, "shift.learningRate is 0"],
    ["shift.learningRate", { afterEpoch: 1, learningRate: Number.NaN }, "shift.learningRate is NaN"],
    ["shift.epoch", { epoch: 1, dataset: "other" }, "it knows shift.afterEpoch, shift.dataset"],
    ["batchSize", { afterEpoch: 1, dataset: "other", trainImages: 3 }, "batchSize is 4"],
  ])("is refused by its field: %s of %j", (field, shift, message) => {
    const parse = () => parseZooSpec({ ...plainSpec(), shift });
    expect(parse).toThrow(SpecError);
    expect(parse).toThrow(message);
    const code = message === "shift.afterEpoch is undefined" ? "shift.afterEpoch" : field;
    expect(parse).toThrow(expect.objectContaining({ code: `zoo/${code}` }));
  });

  test("is refused together with early stopping", () => {
    const earlyStopping = { patience: 1, minDelta: 0, validationImages: 5 };
    const shift = { afterEpoch: 1, dataset: "other" };
    const parse = () => parseZooSpec(plainSpec({ earlyStopping, shift }));
    expect(parse).toThrow(/early stopping would compare losses on two data sets; leave earlyStopping or/);
    expect(parse).toThrow(expect.objectContaining({ code: "zoo/shift" }));
  });

  test("is an option of every named zoo but nws, which stops early", () => {
    const options = { shift: { afterEpoch: 1, learningRate: 0.1 } };
    expect(() => namedZoo("nws", "smoke", options)).toThrow(/leave earlyStopping or the shift out/);
    for (const { name } of listNamedZoos()) {
      if (name === "nws") continue;
      const { shift, ...rest } = namedZoo(name, "smoke", options);
      expect(shift).toEqual(options.shift);
      expect(rest).toEqual(namedZoo(name, "smoke"));
      expect(namedZoo(name, "smoke", { shift: null })).toEqual(namedZoo(name, "smoke"));
    }
    const turned = { dataset: "mnist", firstSeed: 7, shift: { afterEpoch: 2, dataset: "mnist+rotate45" } };
    expect(namedZoo("mlp-trajectory", "smoke", turned).shift).toEqual({
      afterEpoch: 2,
      dataset: "mnist+rotate45",
      trainImages: 1200,
      testImages: 400,
    });
  });

  test("is told in a few words", () => {
    expect(shiftText({ afterEpoch: 5, dataset: "mnist+swap3-8" })).toBe("mnist+swap3-8 after epoch 5");
    expect(shiftText({ afterEpoch: 5, learningRate: 0.01 })).toBe("learning rate 0.01 after epoch 5");
    expect(shiftText({ afterEpoch: 0, dataset: "x", learningRate: 1 })).toBe(
      "x and learning rate 1 after epoch 0",
    );
  });
});
