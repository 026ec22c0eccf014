import type { Tensor } from "@tensorflow/tfjs";
import { sizeOf } from "../sizes.js";
import { tensorflow } from "../tf.js";
import type { OwnKernel, TensorInfo } from "./types.js";

/**
 * Sums over axes; those over an empty one are 0, where tfjs gives whatever was in memory (wasm) or asks for a buffer of
 * no size (webgpu).
 */
export const sum: OwnKernel = {
  name: "Sum",
  make: (stock) => (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    if (sizeOf(x.shape) > 0) return stock(call);
    const { axis, keepDims } = call.attrs as { axis?: number | number[]; keepDims?: boolean };
    const { util, backend_util, zeros } = tensorflow();
    const axes = util.parseAxisParam(axis ?? [...x.shape.keys()], x.shape);
    const [reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
    return zeros(shape, x.dtype === "bool" ? "int32" : (x.dtype as "float32")) as Tensor as TensorInfo;
  },
};
