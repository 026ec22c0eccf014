/** A tensor as kernels see it: its data's name, shape and type. */
export interface TensorInfo {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool" | "string" | "complex64";
}

/** What a kernel is called with. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: object;
  readonly backend: object;
}

export type KernelFunction = (call: KernelCall) => TensorInfo | TensorInfo[];

/** One of this library's kernels in the place of a stock one, by the name that tfjs gives the operation. */
export interface OwnKernel {
  readonly name: string;
  /** @param stock the kernel that tfjs itself has, for what this one does not do; it throws where there is none */
  make(stock: KernelFunction): KernelFunction;
}
