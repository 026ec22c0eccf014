import { describe, expect, test } from "vitest";
import { packAtlas, unpackAtlas } from "#lib/atlas/data/pack.js";
import { descriptorOf, nearestDescriptors, summarize } from "#lib/atlas/state/descriptors.js";
import { middleOf } from "#lib/atlas/state/geometry.js";
import { layerOrder } from "#lib/atlas/weights/layer-order.js";
import { guestOf, placeOf } from "#lib/atlas/weights/place.js";
import { readWeights } from "#lib/atlas/weights/read-weights.js";
import { formatNpy } from "#lib/core/npy.js";
import { RandomStream } from "#lib/core/random.js";
import { madeAtlas, madeTheta } from "#lib/workbook/bench/made-atlas.js";
import { encodeHeader } from "#lib/zoo/store/safetensors.js";

const content = madeAtlas(60, 8);
const data = unpackAtlas(packAtlas(content));
const descriptors = data.descriptors!;
const size = 64;
const given = content.descriptors!.data;
const rowOf = (model: number) => given.subarray(model * size, (model + 1) * size);

describe("descriptors", () => {
  test("mean and deviation are those of the models' own", () => {
    const models = [3, 7, 20, 41];
    const { mean, deviation } = summarize(descriptors, models);
    for (const bin of [0, 9, 28, 36, 63]) {
      const values = models.map((model) => rowOf(model)[bin]);
      const average = values.reduce((sum, value) => sum + value, 0) / models.length;
      const spread = Math.sqrt(
        values.reduce((sum, value) => sum + (value - average) ** 2, 0) / models.length,
      );
      expect(Math.abs(mean[bin] - average)).toBeLessThan(0.005);
      expect(Math.abs(deviation[bin] - spread)).toBeLessThan(0.006);
    }
    expect(summarize(descriptors, []).mean.every((value) => value === 0)).toBe(true);
    expect(Math.max(...summarize(descriptors, [5]).deviation)).toBeLessThan(1e-6);
  });

  test("neighbours are the nearest of all, nearest first, without the model itself", () => {
    const own = descriptorOf(descriptors, 12);
    const distances = Array.from({ length: 60 }, (_, model) => {
      const other = descriptorOf(descriptors, model);
      return { model, distance: Math.hypot(...other.map((value, i) => value - own[i])) };
    }).filter(({ model }) => model !== 12);
    distances.sort((a, b) => a.distance - b.distance);
    const found = nearestDescriptors(descriptors, own, 7, 12);
    expect(found.map(({ model }) => model)).toEqual(distances.slice(0, 7).map(({ model }) => model));
    for (const [i, { distance }] of found.entries()) expect(distance).toBeCloseTo(distances[i].distance, 5);
    expect(nearestDescriptors(descriptors, own, 100)).toHaveLength(60);
  });

  test("a guest stands at the mean of its nearest neighbours", () => {
    const theta = madeTheta(RandomStream.fromSeed("g"), { init: 2, activation: 3, dataset: 0 });
    const guest = guestOf("g.npy", formatNpy(theta), descriptors);
    expect(guest).toMatchObject({ name: "g.npy", weights: 2048 });
    const nearest = nearestDescriptors(descriptors, guest.descriptor, 5);
    expect(guest.neighbors).toEqual(nearest);
    const { points } = data.embeddings[0];
    expect(placeOf(guest, points)).toEqual(
      middleOf(
        points,
        nearest.map(({ model }) => model),
      ),
    );
  });
});

/** A safetensors file of tensors of given types. */
function file(
  tensors: readonly {
    name: string;
    dtype?: "F32" | "F64" | "I64" | "BF16";
    shape: number[];
    bytes: Uint8Array;
  }[],
  metadata: Record<string, string> = {},
): Uint8Array {
  const infos = tensors.map(({ name, dtype = "F32", shape }) => ({ name, dtype, shape }));
  return Buffer.concat([encodeHeader(infos, metadata), ...tensors.map(({ bytes }) => bytes)]);
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe("files of weights", () => {
  test("are joined by layer: weights, biases, running statistics; counters are left out", () => {
    const bytes = file([
      { name: "bn.running_var", shape: [1], bytes: floats(6) },
      { name: "bn.weight", shape: [1], bytes: floats(4) },
      { name: "bn.num_batches_tracked", dtype: "I64", shape: [], bytes: new Uint8Array(8) },
      { name: "bn.bias", shape: [1], bytes: floats(5) },
      { name: "fc.bias", dtype: "BF16", shape: [1], bytes: Uint8Array.of(0x80, 0x3f) },
      { name: "fc.weight", dtype: "F64", shape: [2], bytes: new Uint8Array(Float64Array.of(8, 9).buffer) },
    ]);
    expect([...readWeights("net.safetensors", bytes)]).toEqual([4, 5, 6, 8, 9, 1]);
    expect([...readWeights("net.NPY", formatNpy(Float64Array.of(1, 2, 3, 4), [2, 2]))]).toEqual([1, 2, 3, 4]);
  });

  test("layers sorted as text are put in the order of their numbers; others stay", () => {
    const named = (...names: string[]) => names.map((name) => ({ name }));
    const order = (...names: string[]) => layerOrder(named(...names)).map(({ name }) => name);
    expect(order("l.0.weight", "l.10.weight", "l.2.weight")).toEqual([
      "l.0.weight",
      "l.2.weight",
      "l.10.weight",
    ]);
    expect(order("z.weight", "z.bias", "a.weight")).toEqual(["z.weight", "z.bias", "a.weight"]);
  });

  test.each([
    ["a.txt", new Uint8Array(10), "weights/kind"],
    ["a.npy", new Uint8Array(10), "npy/format"],
    ["a.npy", formatNpy(new Float32Array(0)), "weights/empty"],
    ["a.npy", formatNpy(Int32Array.of(1)), "weights/type"],
    ["a.safetensors", new Uint8Array(3), "safetensors/format"],
    [
      "a.safetensors",
      file([{ name: "n", dtype: "I64", shape: [1], bytes: new Uint8Array(8) }]),
      "weights/empty",
    ],
    [
      "zoo.safetensors",
      file([{ name: "weights", shape: [2, 1], bytes: floats(1, 2) }], { layout: "[]" }),
      "weights/many",
    ],
    [
      "mixed.safetensors",
      file([
        { name: "weights/0/1", shape: [1], bytes: floats(1) },
        { name: "weights/0/2", shape: [1], bytes: floats(1) },
      ]),
      "weights/many",
    ],
  ])("%s is refused with $2", (name, bytes, code) => {
    expect(() => readWeights(name, bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("NaN weights and fewer weights than windows are refused with a sentence", () => {
    const npy = (values: readonly number[]) => formatNpy(Float32Array.from(values));
    const sick = Array.from({ length: 100 }, (_, i) => (i === 40 ? Number.NaN : 0));
    expect(() => guestOf("a.npy", npy(sick), descriptors)).toThrow(/weight 40 is NaN/);
    expect(() => guestOf("a.npy", npy([1, 2, 3]), descriptors)).toThrow(
      /3 weights cannot be cut into 8 windows/,
    );
  });
});
