import { expect, it } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { requireBackend, tensorflow } from "#lib/compute/tensors/tf.js";
import { registerWasmKernels } from "#lib/compute/tensors/wasm/register.js";
import { WeightbookError } from "#lib/core/errors.js";

it("kernels are refused to a backend that has not started, and come with its start", async () => {
  const refused = () => expect(registerWasmKernels).toThrow(/has not started; await selectBackend/);
  refused();
  expect(registerWasmKernels).toThrow(WeightbookError);
  requireBackend("@tensorflow/tfjs-backend-wasm");
  refused();
  const { tf } = await selectBackend({ backend: "wasm" });
  for (const name of ["WeightbookLinear", "WeightbookTransformerBlock", "WeightbookGatherRuns"]) {
    expect(tf.getKernel(name, "wasm")).toBeDefined();
  }
  const product = tf.getKernel("BatchMatMul", "wasm");
  registerWasmKernels();
  expect(tensorflow().getKernel("BatchMatMul", "wasm")).toBe(product);
});
