import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Matrix } from "#lib/core/matrix.js";
import { type HyperTraining, trainHyperRepresentations } from "#lib/representations/index.js";
import { scratchFolder, tinyConfig, train, validation } from "../helpers/hyper.js";

/** Bytes of each piece of shared memory that was asked for. */
let asked: number[];

beforeEach(() => {
  asked = [];
  const counting = new Proxy(SharedArrayBuffer, {
    construct(target, [bytes]) {
      asked.push(bytes);
      return new target(bytes);
    },
  });
  vi.stubGlobal("SharedArrayBuffer", counting);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const { byteLength } = train.weights.data;
const training = (fields: Partial<HyperTraining> = {}): HyperTraining => ({
  name: "t",
  config: tinyConfig(),
  seed: 1,
  train,
  validation,
  ...fields,
});
const copies = () => asked.filter((bytes) => bytes === byteLength).length;

test("rows are copied once for all trainings on them, and not for trainings that are finished", async () => {
  const folder = scratchFolder();
  const [first] = await trainHyperRepresentations([training(), training({ seed: 2 })], { folder });
  expect(copies()).toBe(1);
  const [again] = await trainHyperRepresentations([training(), training({ seed: 2 })], { folder });
  expect(copies()).toBe(1);
  expect([...again.model.values]).toEqual([...first.model.values]);
  await trainHyperRepresentations([training(), training({ seed: 3 })], { folder });
  expect(copies()).toBe(2);
});

test("rows that lie in shared memory already are not copied, and train to the same bits", async () => {
  const inShared = ({ data, rows, cols }: Matrix): Matrix => {
    const memory = new Float32Array(new SharedArrayBuffer(data.byteLength));
    memory.set(data);
    return { data: memory, rows, cols };
  };
  const [plain] = await trainHyperRepresentations([training()], { folder: scratchFolder() });
  const shared = training({
    train: { ...train, weights: inShared(train.weights) },
    validation: { ...validation, weights: inShared(validation.weights) },
  });
  const before = copies();
  const folder = scratchFolder();
  const [found] = await trainHyperRepresentations([shared], { folder });
  expect(copies()).toBe(before);
  expect([...found.model.values]).toEqual([...plain.model.values]);
  // And by the same key: nothing is trained again.
  const heard: string[] = [];
  await trainHyperRepresentations([training()], { folder, onPoint: ({ name }) => heard.push(name) });
  expect(heard).toEqual([]);
});
