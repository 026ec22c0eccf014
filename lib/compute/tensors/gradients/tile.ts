import type * as tfjs from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { sizeOf } from "../sizes.js";

/**
 * The gradient of tile for any rank: sums over the repetitions, axis by axis. That of tfjs cuts out and adds one
 * repetition after the other, up to rank 4: a broadcast bias of a thousand rows becomes a thousand slices.
 */
export function registerTileGradient(tf: typeof tfjs): void {
  const gradFunc: tfjs.GradFunc = (dy, saved, attrs) => {
    const { shape } = saved[0];
    const reps = attrs.reps as number[];
    return {
      x: () => {
        let sum = dy as Tensor;
        // From the first axis on: those before have their own length again.
        for (const [axis, count] of reps.entries()) {
          if (count === 1) continue;
          const before = sizeOf(shape.slice(0, axis));
          const behind = sizeOf(shape.slice(axis)) * sizeOf(reps.slice(axis + 1));
          sum = tf.sum(sum.reshape([before, count, behind]), 1);
        }
        return sum.reshape(shape);
      },
    };
  };
  tf.registerGradient({ kernelName: "Tile", inputsToSave: ["x"], gradFunc });
}
