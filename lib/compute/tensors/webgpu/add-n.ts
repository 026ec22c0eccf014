import type { OwnKernel, TensorInfo } from "../kernels/types.js";
import { tensorflow } from "../tf.js";

/** Tensors that one of tfjs's programs adds up: with its result they are the eight buffers that every device binds. */
const mostAtOnce = 7;

/** A sum of any number of tensors; tfjs binds them all at once, which devices refuse late and outside of any call. */
export const addN: OwnKernel = {
  name: "AddN",
  make: (stock) => (call) => {
    const tensors = Object.values(call.inputs) as TensorInfo[];
    if (tensors.length <= mostAtOnce) return stock(call);
    // The inputs of this operation are an array.
    const add = (some: readonly TensorInfo[]) =>
      stock({ ...call, inputs: some as unknown as typeof call.inputs }) as TensorInfo;
    let sum = add(tensors.slice(0, mostAtOnce));
    for (let i = mostAtOnce; i < tensors.length; i += mostAtOnce - 1) {
      const next = add([sum, ...tensors.slice(i, i + mostAtOnce - 1)]);
      tensorflow().backend().disposeData(sum.dataId);
      sum = next;
    }
    return sum;
  },
};
