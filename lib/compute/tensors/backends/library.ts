/** Numbers that tfjs takes, nested as deep as the tensor has axes. */
export type TensorValues = number | readonly TensorValues[] | Float32Array | Int32Array | Uint8Array;

/** What every tensor of tfjs has. */
export interface TensorLike {
  readonly shape: number[];
  readonly dtype: string;
  dispose(): void;
  data(): Promise<ArrayLike<number>>;
  array(): Promise<unknown>;
}

/**
 * tfjs as notebooks see it. Its own declarations are 600 files, which would slow down a notebook's first cell by half a
 * second; this is the part that cells call. Everything else is there at run time:
 * `tf as typeof import("@tensorflow/tfjs")` has all of it.
 */
export interface TensorLibrary {
  tensor(values: TensorValues, shape?: number[], dtype?: "float32" | "int32" | "bool"): TensorLike;
  fill(shape: number[], value: number): TensorLike;
  zeros(shape: number[]): TensorLike;
  ones(shape: number[]): TensorLike;
  add(a: TensorLike, b: TensorLike | number): TensorLike;
  sub(a: TensorLike, b: TensorLike | number): TensorLike;
  mul(a: TensorLike, b: TensorLike | number): TensorLike;
  div(a: TensorLike, b: TensorLike | number): TensorLike;
  matMul(a: TensorLike, b: TensorLike, transposeA?: boolean, transposeB?: boolean): TensorLike;
  reshape(x: TensorLike, shape: number[]): TensorLike;
  transpose(x: TensorLike, axes?: number[]): TensorLike;
  sum(x: TensorLike, axis?: number | number[], keepDims?: boolean): TensorLike;
  mean(x: TensorLike, axis?: number | number[], keepDims?: boolean): TensorLike;
  softmax(x: TensorLike, axis?: number): TensorLike;
  relu(x: TensorLike): TensorLike;
  tidy<T>(run: () => T): T;
  dispose(tensors: TensorLike | readonly TensorLike[]): void;
  memory(): { readonly numTensors: number; readonly numBytes: number };
  getBackend(): string;
}
