import type { Tensor } from "@tensorflow/tfjs";
import type { OwnKernel, TensorInfo } from "../kernels/types.js";
import { tensorflow } from "../tf.js";

/**
 * Rows summed by segment, the gradient of `gather`. Rows whose segment does not exist are left out; tfjs's own kernel
 * adds those beyond the last segment to another one.
 */
export const unsortedSegmentSum: OwnKernel = {
  name: "UnsortedSegmentSum",
  make: (stock) => (call) => {
    const tf = tensorflow();
    const { numSegments } = call.attrs as { numSegments: number };
    // The engine calls kernels with whole tensors; negative segments are left out by the stock kernel.
    const given = call.inputs.segmentIds as TensorInfo as Tensor;
    const segmentIds = tf.tidy(() => tf.where(tf.less(given, numSegments), given, tf.onesLike(given).neg()));
    try {
      return stock({ ...call, inputs: { ...call.inputs, segmentIds } });
    } finally {
      segmentIds.dispose();
    }
  },
};
