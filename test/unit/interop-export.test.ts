import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { NpyRows } from "#lib/core/npy-rows.js";
import { RandomStream } from "#lib/core/random.js";
import { forward } from "#lib/networks/forward.js";
import { initialWeights } from "#lib/networks/initial-weights.js";
import { weightLayout } from "#lib/networks/layout.js";
import type { NetworkSpec } from "#lib/networks/types.js";
import { exportZoo, importCheckpoints, importMatrix, importUnterthiner } from "#lib/zoo/interop/index.js";
import {
  kerasColumns,
  kerasNetwork,
  kerasVariables,
  readKerasLayout,
} from "#lib/zoo/interop/keras-layout.js";
import { namedZoo } from "#lib/zoo/named.js";
import { zooModels } from "#lib/zoo/spec/models.js";
import type { TrainedZoo, Zoo } from "#lib/zoo/store/zoo.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { scratchFolder, testImage } from "../helpers/interop.js";
import { kerasForward } from "../helpers/keras-forward.js";
import { sharedScratch } from "../helpers/zoo.js";

/** The image by which both orders are compared, channels first; TensorFlow's is rows x columns x channels. */
function bothOrders(side: number, channels: number): [first: Float64Array, last: Float64Array] {
  const first = testImage(side, channels);
  const last = first.map((_, i) => first[(i % channels) * side ** 2 + Math.floor(i / channels)]);
  return [first, last];
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(found).toHaveLength(wanted.length);
  Array.from(found).forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 6);
  });
}

async function weightsOf(zoo: Zoo): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for await (const { vector } of zoo.vectors()) rows.push(vector.slice());
  return rows;
}

describe("a zoo that was trained here", () => {
  let zoo: TrainedZoo;
  beforeAll(async () => {
    const size = { models: 6, epochs: 1, trainImages: 40, testImages: 20 };
    const drawn = namedZoo("mnist-hyp-1-fix-seed", "smoke", { ...size, dataset: "strokes" });
    zoo = await trainZoo(drawn, { folder: sharedScratch(), workers: 2 });
  });

  test("is written as the Small CNN Zoo: TensorFlow computes the same, though a dense layer flattens a map", async () => {
    const out = join(scratchFolder(), "out");
    await exportZoo(zoo, out, "unterthiner");
    const variables = await readKerasLayout(join(out, "layout.csv"));
    const file = NpyRows.open(join(out, "weights.npy"));
    const [first, last] = bothOrders(28, 1);
    const row = new Float32Array(file.cols);
    const models = zooModels(zoo.spec);
    for (let index = 0; index < file.rows; index++) {
      file.readRow(index, row);
      const { network } = models[zoo.facts.model[index]];
      expectClose(kerasForward(network, variables, row, last), forward(network, zoo.weightsOf(index), first));
    }
    file.close();
    const again = await importUnterthiner(out, { folder: join(out, "again") });
    expect(await weightsOf(again)).toEqual(await weightsOf(zoo));
    expect(again.layout.tensors.map(({ shape }) => shape)).toEqual(
      zoo.layout.tensors.map(({ shape }) => shape),
    );
    // Pooling and strides are not in the files.
    expect(again.spec.network).toBeUndefined();
    expect(again.facts.network[0]).toBe("");
  });

  test("has Keras's names of initialisers there, and half of torch's weight decay", async () => {
    const out = join(scratchFolder(), "out");
    await exportZoo(zoo, out, "unterthiner");
    const text = gunzipSync(readFileSync(join(out, "metrics.csv.gz"))).toString();
    const [header, ...lines] = text.trimEnd().split("\n");
    const column = (name: string) => lines.map((line) => line.split(",")[header.split(",").indexOf(name)]);
    const keras: Record<string, string> = {
      uniform: "RandomUniform",
      normal: "RandomNormal",
      "kaiming-normal": "he_normal",
      "kaiming-uniform": "he_uniform",
    };
    expect(new Set(zoo.facts.init).size).toBeGreaterThan(1);
    expect(column("config.w_init")).toEqual(zoo.facts.init.map((name) => keras[name]));
    expect(zoo.facts.weight_decay.every((decay) => decay > 0)).toBe(true);
    expect(column("config.l2reg").map(Number)).toEqual(
      Array.from(zoo.facts.weight_decay, (decay) => decay / 2),
    );
    expect(column("step").map(Number)).toEqual([...zoo.facts.epoch]);
  });

  test("goes to .npy and to a file a checkpoint, and comes back with its weights and facts", async () => {
    const folder = scratchFolder();
    await exportZoo(zoo, join(folder, "npy"), "npy");
    await exportZoo(zoo, join(folder, "safetensors"), "safetensors");
    for (const again of [
      await importMatrix(join(folder, "npy", "weights.npy"), { folder: join(folder, "a") }),
      await importCheckpoints(join(folder, "safetensors"), { folder: join(folder, "b") }),
    ]) {
      expect(await weightsOf(again)).toEqual(await weightsOf(zoo));
      expect(again.layout).toEqual(zoo.layout);
      expect(again.facts).toEqual(zoo.facts);
    }
  });
});

test("images of three channels that a dense layer sees first are in TensorFlow's order, both ways", () => {
  const network: NetworkSpec = {
    name: "dense",
    input: { channels: 3, height: 4, width: 4 },
    layers: [
      { type: "dense", outputs: 5 },
      { type: "activation", activation: "tanh" },
      { type: "dropout" },
      { type: "dense", outputs: 2 },
    ],
  };
  const layout = weightLayout(network);
  const weights = initialWeights(network, "kaiming-normal", RandomStream.fromSeed(5));
  const variables = kerasVariables(layout);
  const columns = kerasColumns("layout.csv", variables, layout, 3);
  const row = new Float32Array(layout.parameters);
  columns.forEach((column, i) => {
    row[column] = weights[i];
  });
  const [first, last] = bothOrders(4, 3);
  expectClose(kerasForward(network, variables, row, last), forward(network, weights, first));
  const found = kerasNetwork("layout.csv", variables, "tanh", 32);
  expect(found).toMatchObject({ channels: 3, layout, network: { input: network.input } });
  expect(kerasColumns("layout.csv", variables, found.layout, found.channels)).toEqual(columns);
});
