import { expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import * as ops from "#lib/compute/tensors/ops/index.js";
import { Adam } from "#lib/compute/tensors/optimizers/adam.js";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { wasmHeap } from "#lib/compute/tensors/wasm/heap.js";

const tf = tensorflow();

async function work(): Promise<number[]> {
  const variable = tf.tidy(() => tf.variable(tf.tensor2d([1, -2, 3, 4], [2, 2])));
  const optimizer = new Adam({ learningRate: 0.1 });
  const { value, grads } = tf.variableGrads(
    () =>
      ops
        .gelu(ops.softmax(tf.matMul(variable, variable)))
        .sum()
        .asScalar()
        .square(),
    [variable],
  );
  optimizer.step([variable], grads);
  const product = withGemm("own", () => tf.matMul(variable, variable));
  const found = [value, ...Object.values(grads), variable, product].map((tensor) => [...tensor.dataSync()]);
  tf.dispose([value, grads, product, variable] as never);
  optimizer.dispose();
  return found.flat();
}

test("a backend that is removed and registered again works as before, on its new memory", async () => {
  await selectBackend({ backend: "wasm" });
  const before = await work();
  const heap = wasmHeap();
  const factory = tf.findBackendFactory("wasm");
  await selectBackend({ backend: "cpu" });
  tf.removeBackend("wasm");
  expect(() => wasmHeap()).toThrow("tfjs's wasm backend does not run; start it with selectBackend");
  tf.registerBackend("wasm", factory, 2);
  await selectBackend({ backend: "wasm" });
  expect(await work()).toEqual(before);
  expect(wasmHeap()).not.toBe(heap);
});
