/** Activation functions by the field's names; leaky ReLU has slope .01 below zero. */
export type Activation = "sigmoid" | "tanh" | "relu" | "leaky-relu";

/** One layer of a network; biases default to true, strides to 1 (pooling: to its size), padding to 0. */
export type LayerSpec =
  | { readonly type: "dense"; readonly outputs: number; readonly bias?: boolean }
  | {
      readonly type: "conv2d";
      readonly filters: number;
      readonly kernel: number;
      readonly stride?: number;
      readonly padding?: number;
      readonly bias?: boolean;
    }
  | { readonly type: "max-pool"; readonly size: number; readonly stride?: number }
  | { readonly type: "activation"; readonly activation: Activation };

/** A feed-forward network. Dense layers flatten what they are given (channel, row, column order). */
export interface NetworkSpec {
  readonly name: string;
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  readonly layers: readonly LayerSpec[];
}

/** One tensor of a network within its flat weight vector. */
export interface WeightTensor {
  /** Index into `NetworkSpec.layers`. */
  readonly layer: number;
  readonly name: "kernel" | "bias";
  /** Kernels are [outputs, inputs] or [filters, channels, height, width], row-major, as in torch. */
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Where each tensor stands in the flat weight vector: kernel then bias, layer by layer. */
export interface WeightLayout {
  readonly tensors: readonly WeightTensor[];
  readonly parameters: number;
}

/** Weight initialisers by torch's names; biases are drawn as torch's layers do, U(+-1/sqrt(fan_in)). */
export type Initializer =
  | "kaiming-normal"
  | "kaiming-uniform"
  | "xavier-normal"
  | "xavier-uniform"
  | "normal"
  | "uniform";
