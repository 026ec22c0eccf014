import { expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/select.js";
import { wasmHeap } from "#lib/compute/tensors/wasm/heap.js";
import { HyperrepTraining } from "#lib/workbook/bench/hyperrep-model.js";
import { onEngines, wasmEngines } from "../helpers/tensor-engines.js";

const tiny = { tokens: 5, width: 4, d: 16, heads: 2, blocks: 1, hidden: 24, latent: 4, batch: 8 };

async function losses(): Promise<number[]> {
  const training = new HyperrepTraining(tiny);
  const found: number[] = [];
  for (let i = 0; i < 3; i++) {
    const loss = training.step();
    found.push((await loss.data())[0]);
    loss.dispose();
  }
  training.dispose();
  return found;
}

// Memory that nobody writes to costs nothing but addresses.
onEngines(wasmEngines, "addresses above 2 GiB", () => {
  test("are as good as any", async () => {
    const heap = wasmHeap();
    const low = await losses();
    const taken = Array.from({ length: 9 }, () => heap.allocate(2 ** 28));
    expect(Math.max(...taken)).toBeGreaterThan(2 ** 31);
    expect(await losses()).toEqual(low);
    for (const address of taken) heap.free(address);
  });
});

test("where memory ends, tfjs's kernels and ours fail with one sentence, and go on when some is free again", async () => {
  const { tf } = await selectBackend({ backend: "wasm" });
  const heap = wasmHeap();
  const before = await losses();
  const { numTensors } = tf.memory();
  const taken: number[] = [];
  const fill = () => {
    for (const bytes of [28, 24, 20, 14, 10, 6].map((power) => 2 ** power)) {
      for (;;) {
        try {
          taken.push(heap.allocate(bytes));
        } catch (error) {
          expect(String(error)).toContain("does not fit into what is left of the wasm backend's 4 GiB");
          break;
        }
      }
    }
  };
  const small = tf.zeros([1000]);
  fill();
  const refusal = { code: "tensors/memory", message: expect.stringContaining("take smaller batches") };
  expect(() => tf.tidy(() => tf.tile(small, [2000]))).toThrow(expect.objectContaining(refusal));
  expect(() => tf.zeros([2000, 1000])).toThrow(expect.objectContaining(refusal));
  expect(() => heap.allocate(64)).toThrow("an allocation of 64 bytes does not fit");
  expect(() => tf.zeros([1001])).toThrow("an allocation of 4 KiB does not fit");
  expect(() => heap.allocate(2 ** 21)).toThrow("an allocation of 2 MiB does not fit");
  // More than 32 bits can say.
  expect(() => tf.tidy(() => tf.tile(small, [1_200_000]))).toThrow(expect.objectContaining(refusal));
  for (const address of taken) heap.free(address);
  small.dispose();
  expect(await losses()).toEqual(before);
  expect(tf.memory().numTensors).toBe(numTensors);
});
