import type { Tensor } from "@tensorflow/tfjs";
import type { OwnKernel, TensorInfo } from "../kernels/types.js";
import { sizeOf } from "../sizes.js";
import { tensorflow } from "../tf.js";

/** From this rank on tfjs's kernel reads the tensor at once, which a GPU does not allow. */
const leastRank = 5;

/** Repetitions along every axis, in any rank: axis by axis, as repetitions of the middle one of three axes. */
export const tile: OwnKernel = {
  name: "Tile",
  make: (stock) => (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    if (x.shape.length < leastRank || x.dtype === "string") return stock(call);
    const { reps } = call.attrs as { reps: number[] };
    const tf = tensorflow();
    return tf.tidy(() => {
      // The engine calls kernels with whole tensors.
      let tiled = (x as Tensor).clone();
      const shape = [...x.shape];
      for (const [axis, count] of reps.entries()) {
        if (count === 1) continue;
        const flat = tf.reshape(tiled, [sizeOf(shape.slice(0, axis)), 1, sizeOf(shape.slice(axis))]);
        shape[axis] *= count;
        tiled = tf.reshape(tf.tile(flat, [1, count, 1]), shape);
      }
      return tiled;
    }) as TensorInfo;
  },
};
