import type { Tensor } from "@tensorflow/tfjs";
import { contract } from "../einsum.js";
import { tensorflow } from "../tf.js";
import type { OwnKernel, TensorInfo } from "./types.js";

/** Sums over products of one or two tensors, as matrix products of the backend in use: see `contract`. */
export const einsum: OwnKernel = {
  name: "Einsum",
  make:
    () =>
    ({ inputs, attrs }) => {
      const { equation } = attrs as { equation: string };
      const tf = tensorflow();
      // The engine calls kernels with whole tensors, and keeps what runs in a kernel off the gradient's record.
      const tensors = Object.values(inputs) as unknown as Tensor[];
      return tf.tidy(() => contract(tf, equation, tensors)) as TensorInfo;
    },
};
