import type { TensorInfo } from "../kernels/types.js";
import { sizeOf } from "../sizes.js";
import { tensorflow } from "../tf.js";
import { wasmHeap } from "./heap.js";

/** Inputs of a kernel by name; one that an op left out is undefined. */
export type Inputs = Readonly<Record<string, TensorInfo>>;
export type Attributes = Readonly<Record<string, number>>;

/** A kernel on the heap: it allocates its outputs and fills them. When it throws, `registerWasmKernels` has them given back. */
type OpKernel = (inputs: Inputs, attributes: Attributes) => TensorInfo | TensorInfo[];

/** Makes a kernel known to tfjs for the wasm backend; its name starts with "Weightbook". */
export function registerOp(name: `Weightbook${string}`, kernel: OpKernel): void {
  tensorflow().registerKernel({
    kernelName: name,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) =>
      kernel(inputs as unknown as Inputs, attrs as unknown as Attributes) as never,
  });
}

/**
 * Room for several outputs of a kernel.
 * @throws WeightbookError "tensors/memory" when they do not fit
 */
export function outputsOf(...shapes: (readonly number[])[]): TensorInfo[] {
  const heap = wasmHeap();
  return shapes.map((shape) => heap.output(shape));
}

/** A shape as a matrix: its last axis, and everything before it as rows. */
export function rowsOf({ shape }: TensorInfo): { rows: number; width: number } {
  return { rows: sizeOf(shape.slice(0, -1)), width: shape[shape.length - 1] };
}
