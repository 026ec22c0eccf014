/** Activation functions by the field's names; leaky ReLU has slope .01 below zero, ELU alpha 1, GELU is the exact (erf) one. */
export type Activation = "sigmoid" | "tanh" | "relu" | "leaky-relu" | "elu" | "gelu" | "silu";

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
  | { readonly type: "average-pool"; readonly size: number; readonly stride?: number }
  | { readonly type: "global-average-pool" }
  /** Per channel, epsilon 1e-5; running statistics with momentum .1 and the unbiased variance, as torch's. */
  | { readonly type: "batch-norm" }
  /** Inverted dropout while training. Without a rate it is the model's own hyper-parameter `dropout`. */
  | { readonly type: "dropout"; readonly rate?: number }
  | { readonly type: "flatten" }
  | { readonly type: "activation"; readonly activation: Activation };

/** A feed-forward network. Dense layers flatten what they are given (channel, row, column order). */
export interface NetworkSpec {
  readonly name: string;
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  readonly layers: readonly LayerSpec[];
}

/**
 * A network described by the numbers that a zoo of mixed architectures varies: `convLayers` convolutions in blocks with
 * 2 x 2 max-pooling whose width doubles from block to block, then `denseLayers` hidden dense layers whose width halves,
 * then the output. See families.ts.
 */
export interface NetworkFamily {
  readonly family: "conv-blocks";
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  readonly outputs: number;
  /** Side of the convolutions' kernels; padding keeps the maps' size. */
  readonly kernel: number;
  readonly convLayers: number;
  /** Filters of the first block. */
  readonly width: number;
  /** Hidden dense layers; the output layer comes on top. */
  readonly denseLayers: number;
  /** Outputs of the first hidden dense layer. */
  readonly denseWidth: number;
  readonly batchNorm: boolean;
  readonly activation: Activation;
}

/** Names of a layer's tensors; `mean` and `variance` are batch norm's running statistics, which are not trained. */
export type TensorName = "kernel" | "bias" | "gamma" | "beta" | "mean" | "variance";

/** One tensor of a network within its flat weight vector. */
export interface WeightTensor {
  /** Index into `NetworkSpec.layers`. */
  readonly layer: number;
  readonly name: TensorName;
  /** Kernels are [outputs, inputs] or [filters, channels, height, width], row-major, as in torch; others [channels]. */
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Where each tensor stands in the flat weight vector: kernel then bias, or gamma, beta, mean, variance, layer by layer. */
export interface WeightLayout {
  readonly tensors: readonly WeightTensor[];
  readonly parameters: number;
}

/**
 * Weight initialisers by the names of torch.nn.init, with its defaults. "torch-default" is what torch's Linear and
 * Conv2d draw by themselves.
 */
export type InitializerName =
  | "kaiming-normal"
  | "kaiming-uniform"
  | "xavier-normal"
  | "xavier-uniform"
  | "normal"
  | "uniform"
  | "truncated-normal"
  | "orthogonal"
  | "sparse"
  | "eye"
  | "dirac"
  | "constant"
  | "zeros"
  | "ones"
  | "torch-default";

/** An initialiser with its options; those that it does not have are refused. */
export interface InitializerOptions {
  readonly type: InitializerName;
  /** kaiming, xavier, orthogonal: factor on the deviation; by default kaiming sqrt(2), else 1. */
  readonly gain?: number;
  /** kaiming: "fan-in" by default. */
  readonly mode?: "fan-in" | "fan-out";
  /** normal, truncated-normal: 0 and 1 by default. sparse: deviation .01. */
  readonly mean?: number;
  readonly deviation?: number;
  /** uniform: 0 and 1 by default; truncated-normal: cut at -2 and 2. */
  readonly low?: number;
  readonly high?: number;
  /** constant. */
  readonly value?: number;
  /** sparse: share of zeros in each column, .1 by default. */
  readonly sparsity?: number;
  /** Biases: U(+-1/sqrt(fan_in)) as torch's layers draw them (default), zeros, or as the kernel where it can be ("constant", "normal", "uniform", "truncated-normal"). */
  readonly bias?: "torch" | "zeros" | "same";
}

export type Initializer = InitializerName | InitializerOptions;
