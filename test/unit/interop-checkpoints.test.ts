import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { decodeBfloat16, decodeFloat16 } from "#lib/core/half.js";
import { writeNpy } from "#lib/core/npy.js";
import { mlpTrajectory } from "#lib/networks/published.js";
import { openCheckpoints } from "#lib/zoo/interop/checkpoints.js";
import { openMatrixZoo } from "#lib/zoo/interop/matrix.js";
import { layoutOfTensors, torchNames } from "#lib/zoo/interop/torch-names.js";
import { allRows, float32Bytes, scratchFolder, writeTensors } from "../helpers/interop.js";

/** Checkpoints of one number each, by path. */
function writeNumbers(folder: string, numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeTensors(join(folder, name), [
      { name: "0.weight", dtype: "F32", shape: [1, 1], data: float32Bytes(value) },
    ]);
  }
}

test("half-precision numbers are decoded exactly", () => {
  const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);
  expect([
    ...decodeFloat16(words(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x3555)),
  ]).toEqual([
    1,
    -2,
    2 ** -24,
    1023 * 2 ** -24,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0.333251953125,
  ]);
  expect(decodeFloat16(words(0x7e00))[0]).toBeNaN();
  expect([...decodeBfloat16(words(0x3f80, 0xc040, 0x7f80, 0x0001))]).toEqual([
    1,
    -3,
    Number.POSITIVE_INFINITY,
    2 ** -133,
  ]);
  expect(decodeBfloat16(words(0x7fc0))[0]).toBeNaN();
});

test("all real types are joined in the order kernel, bias, layer by layer; counters are left out", async () => {
  const path = join(scratchFolder(), "a.safetensors");
  const f64 = new Uint8Array(Float64Array.of(3, 4).buffer);
  const f16 = new Uint8Array(Uint16Array.of(0x3c00, 0x4000).buffer);
  const bf16 = new Uint8Array(Uint16Array.of(0x40a0, 0x40c0).buffer);
  // The order in which Python's safetensors writes: by size of the type, then by name.
  writeTensors(path, [
    { name: "net.10.bias", dtype: "F64", shape: [2], data: f64 },
    { name: "net.3.num_batches_tracked", dtype: "I64", shape: [], data: new Uint8Array(8) },
    { name: "net.3.running_var", dtype: "F32", shape: [1], data: float32Bytes(12) },
    { name: "net.3.bias", dtype: "F32", shape: [1], data: float32Bytes(10) },
    { name: "net.3.running_mean", dtype: "F32", shape: [1], data: float32Bytes(11) },
    { name: "net.3.weight", dtype: "F32", shape: [1], data: float32Bytes(9) },
    { name: "net.10.weight", dtype: "F16", shape: [2, 1], data: f16 },
    { name: "net.2.weight", dtype: "BF16", shape: [1, 2], data: bf16 },
  ]);
  const source = await openCheckpoints(path);
  expect(source.networks[0].layout.tensors.map(({ layer, name }) => `${layer} ${name}`)).toEqual([
    "2 kernel",
    "3 gamma",
    "3 beta",
    "3 mean",
    "3 variance",
    "10 kernel",
    "10 bias",
  ]);
  expect([...allRows(source.weights())[0]]).toEqual([5, 6, 9, 10, 11, 12, 1, 2, 3, 4]);
  const chosen = await openCheckpoints(path, { order: ["net.10.bias", "net.2.weight"] });
  expect([...allRows(chosen.weights())[0]]).toEqual([3, 4, 5, 6]);
});

test("model and epoch are read from the paths", async () => {
  const folder = scratchFolder();
  writeNumbers(folder, {
    "model-10/epoch-2.safetensors": 4,
    "model-9/epoch-10.safetensors": 3,
    "model-9/epoch-2.safetensors": 2,
    "model-9/epoch-0.safetensors": 1,
  });
  const source = await openCheckpoints(folder);
  expect([...source.facts.model]).toEqual([0, 0, 0, 1]);
  expect([...source.facts.epoch]).toEqual([0, 2, 10, 2]);
  expect(source.facts.model_name).toEqual(["model-9", "model-9", "model-9", "model-10"]);
  expect(allRows(source.weights()).map(([value]) => value)).toEqual([1, 2, 3, 4]);
});

test.each([
  ["net_0003_epoch_012.safetensors", "net_0003", 12],
  ["00003/checkpoint_000012/weights.safetensors", "00003", 12],
  ["seed7-e40.safetensors", "seed7", 40],
  ["final.safetensors", "final", 0],
])("%s is model %s at epoch %i", async (name, model, epoch) => {
  const folder = scratchFolder();
  writeNumbers(folder, { [name]: 1 });
  const { facts } = await openCheckpoints(folder);
  expect(facts.epoch[0]).toBe(epoch);
  expect(facts.model_name[0]).toBe(model);
});

test("a pattern of one's own, and facts.csv that lists the files", async () => {
  const folder = scratchFolder();
  writeNumbers(folder, { "e3/m1.safetensors": 31, "e2/m1.safetensors": 21 });
  const source = await openCheckpoints(folder, { pattern: /e(?<epoch>\d+)\/(?<model>m\d+)/ });
  expect([...source.facts.epoch]).toEqual([2, 3]);
  for (const pattern of [/e(?<epoch>\d+)\/(?<model>m\d+)/g, /e(?<epoch>\d+)\/(?<model>m\d+)/y]) {
    expect([...(await openCheckpoints(folder, { pattern })).facts.epoch]).toEqual([2, 3]);
  }
  await expect(openCheckpoints(folder, { pattern: /e(\d+)\/(?<model>m\d+)/ })).rejects.toMatchObject({
    code: "import/pattern",
    message: expect.stringMatching(/must name the groups model and epoch/),
  });
  writeFileSync(
    join(folder, "facts.csv"),
    "file,model,epoch,test_accuracy,colour\ne3/m1.safetensors,0,7,1,red\ne2/m1.safetensors,1,7,0.5,blue\n",
  );
  const listed = await openCheckpoints(folder);
  expect([...listed.facts.model]).toEqual([0, 1]);
  expect(listed.facts.test_accuracy).toEqual(Float64Array.of(1, 0.5));
  expect(listed.facts.colour).toEqual(["red", "blue"]);
  expect(listed.facts.model_name).toBeUndefined();
  expect(allRows(listed.weights()).map(([value]) => value)).toEqual([31, 21]);
});

test("models may differ in their tensors, checkpoints of one model may not", async () => {
  const folder = scratchFolder();
  writeNumbers(folder, { "a-1.safetensors": 1, "b-1.safetensors": 2, "c-1.safetensors": 3 });
  const wide = { name: "0.weight", dtype: "F32" as const, shape: [1, 2], data: float32Bytes(8, 9) };
  writeTensors(join(folder, "b-1.safetensors"), [wide]);
  const source = await openCheckpoints(folder);
  expect([...source.networkOfModel]).toEqual([0, 1, 0]);
  expect(allRows(source.weights()).map((row) => row.length)).toEqual([1, 2, 1]);
  writeTensors(join(folder, "a-2.safetensors"), [wide]);
  const broken = await openCheckpoints(folder);
  expect(() => allRows(broken.weights())).toThrow(/a-2\.safetensors.*\[1,2\] but \[1,1\]/);
});

test("names of tensors and layout say the same, both ways", () => {
  const tensors = [
    { name: "0.weight", shape: [4, 1, 3, 3] },
    { name: "0.bias", shape: [4] },
    { name: "1.weight", shape: [4] },
    { name: "1.bias", shape: [4] },
    { name: "1.running_mean", shape: [4] },
    { name: "1.running_var", shape: [4] },
    { name: "5.weight", shape: [2, 4] },
  ];
  const { layout, names } = layoutOfTensors(tensors);
  expect(names).toEqual(tensors.map(({ name }) => name));
  expect(torchNames(layout)).toEqual(names);
  expect(layout.parameters).toBe(36 + 4 + 16 + 8);
});

test("numbers behind different names are no order of the layers: that of the file is", () => {
  const order = (...layers: string[]) =>
    layoutOfTensors(layers.map((layer) => ({ name: `${layer}.weight`, shape: [1] }))).names;
  const named = ["features.0", "features.3", "classifier.1"];
  expect(order(...named)).toEqual(named.map((layer) => `${layer}.weight`));
  expect(order("net.3", "net.10", "net.0")).toEqual(["net.0.weight", "net.3.weight", "net.10.weight"]);
});

test("a .npy matrix with facts; without any, every row is a model", async () => {
  const folder = scratchFolder();
  const path = join(folder, "w.npy");
  writeNpy(path, Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  const bare = await openMatrixZoo(path);
  expect([...bare.facts.model]).toEqual([0, 1, 2]);
  expect(allRows(bare.weights()).map((row) => [...row])).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  writeFileSync(join(folder, "facts.csv"), "model,epoch,lr\nb,1,.1\na,2,.2\nb,0,.1\n");
  const source = await openMatrixZoo(path);
  expect([...source.facts.epoch]).toEqual([0, 1, 2]);
  expect(source.facts.lr).toEqual(Float64Array.of(0.1, 0.1, 0.2));
  expect(allRows(source.weights()).map((row) => row[0])).toEqual([5, 1, 3]);
  await expect(openMatrixZoo(path, { network: mlpTrajectory() })).rejects.toThrow(/2 columns.*2160/);
});
