import { expect, it } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { Gatherer } from "#lib/compute/tensors/maps/gather.js";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { batchMatMul } from "#lib/compute/tensors/webgpu/matmul.js";
import { unsortedSegmentSum } from "#lib/compute/tensors/webgpu/segment-sum.js";
import { engines } from "../helpers/tensor-engines.js";
import { compute } from "../helpers/tensors.js";

const hasWebGpu = engines.some(({ backend, missing }) => backend === "webgpu" && !missing);
/** The tables move along as all tensors do; from webgpu they would have to be fetched first. */
const route = (["cpu", "wasm", "cpu", "wasm", "webgpu"] as const).slice(0, hasWebGpu ? 5 : 4);

it("one gatherer works on every backend, whichever it was made and used on before", async () => {
  const tf = tensorflow();
  const before = tf.memory().numTensors;
  const places = { places: Int32Array.from([0, 2, 3, 4, 1]), ragged: true };
  for (const first of new Set(route)) {
    await selectBackend({ backend: first });
    const gatherer = new Gatherer(tf, places, 4);
    for (const backend of route) {
      await selectBackend({ backend });
      const gather = () => tf.tidy(() => gatherer.gather(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 1])));
      tf.dispose(gather());
      const [{ values, shape }] = await compute(() => [gather()]);
      expect([first, backend, shape, [...values]]).toEqual([
        first,
        backend,
        [2, 5, 1],
        [1, 3, 4, 0, 2, 5, 7, 8, 0, 6],
      ]);
    }
    gatherer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
});

it("what kernels on webgpu prepare is given back when tfjs's own throws", async () => {
  const { tf } = await selectBackend({ backend: "cpu" });
  const stock = () => {
    throw new Error("out of memory");
  };
  const tensors = {
    a: tf.ones([1, 2, 3, 4]),
    b: tf.ones([2, 1, 4, 5]),
    x: tf.ones([2, 3]),
    segmentIds: tf.tensor1d([0, 1], "int32"),
  };
  const before = tf.memory().numTensors;
  const call = {
    inputs: tensors,
    attrs: { transposeA: false, transposeB: false, numSegments: 2 },
    backend: {},
  };
  for (const { make } of [batchMatMul, unsortedSegmentSum]) {
    expect(() => make(stock)(call)).toThrow("out of memory");
    expect(tf.memory().numTensors).toBe(before);
  }
  tf.dispose(tensors);
});
