import { WeightbookError } from "../../../../core/errors.js";
import type { KernelFunction, OwnKernel, TensorInfo } from "../../kernels/types.js";
import { sizeOf } from "../../sizes.js";
import { tensorflow } from "../../tf.js";
import { wasmHeap } from "../heap.js";
import { tensorKernels } from "../kernels.js";

/**
 * Rows summed by segment: x [ids..., rest...] and integers [ids...] to [segments, rest...] in float32. It is the
 * gradient of `gather`. Rows whose segment does not exist are left out.
 */
export const unsortedSegmentSum: OwnKernel = {
  name: "UnsortedSegmentSum",
  make: () => (call) => {
    const { x, segmentIds } = call.inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = call.attrs as { numSegments: number };
    const ranks = segmentIds.shape.length;
    if (segmentIds.shape.some((length, axis) => length !== x.shape[axis])) {
      const message = `segments [${segmentIds.shape}] do not name the first axes of a tensor [${x.shape}]`;
      throw new WeightbookError("tensors/shape", message);
    }
    const heap = wasmHeap();
    const cast = (t: TensorInfo, dtype: string) =>
      t.dtype === dtype
        ? heap.alias(t, t.shape)
        : heap.adopt(
            (tensorflow().getKernel("Cast", "wasm").kernelFunc as unknown as KernelFunction)({
              ...call,
              inputs: { x: t },
              attrs: { dtype },
            }) as TensorInfo,
          );
    const [values, segments] = [cast(x, "float32"), cast(segmentIds, "int32")];
    const rest = x.shape.slice(ranks);
    const columns = sizeOf(rest);
    const rows = sizeOf(segmentIds.shape);
    const out = heap.output([numSegments, ...rest]);
    const kernels = tensorKernels();
    const target = heap.addressOf(out);
    kernels.fill(target, numSegments * columns, 0);
    kernels.segmentSum(heap.addressOf(values), heap.addressOf(segments), target, rows, columns, numSegments);
    heap.release(values);
    heap.release(segments);
    return out;
  },
};
