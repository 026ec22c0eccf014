/** Writes the values at address `x` to `y` with some of them dropped; y may be x. */
export type MaskInPlace = (x: number, y: number, count: number) => void;

/** Sizes of a transformer block, and what else is settled for one pass through it. */
export interface BlockSetting {
  readonly batch: number;
  readonly tokens: number;
  /** Width of the block; a multiple of `heads`. */
  readonly d: number;
  /** Width of the hidden layer. */
  readonly hidden: number;
  readonly heads: number;
  readonly epsilon: number;
  /** Dropout of what attention gives, of the hidden layer, and of what that gives. */
  readonly masks: readonly [MaskInPlace, MaskInPlace, MaskInPlace] | undefined;
}

/** The parameters of a block, in the order in which gradients are given. */
export const parameterNames = [
  "gamma1",
  "beta1",
  "qkvKernel",
  "qkvBias",
  "outKernel",
  "outBias",
  "gamma2",
  "beta2",
  "firstKernel",
  "firstBias",
  "secondKernel",
  "secondBias",
] as const;

/** Addresses of a block's parameters, or of their gradients. */
export type BlockAddresses = Readonly<Record<(typeof parameterNames)[number], number>>;

/**
 * What the forward pass leaves for the backward pass, first the block's output. Norms are computed again from the
 * inputs that lie here anyway: that is cheaper than the memory for them.
 */
export interface BlockTrace<T> {
  /** [rows, d]. */
  readonly output: T;
  /** [rows, 3 d]. */
  readonly qkv: T;
  /** [batch, heads, tokens, tokens]. */
  readonly probabilities: T;
  /** What attention gave, [rows, d]. */
  readonly attended: T;
  /** Input plus attention, [rows, d]. */
  readonly middle: T;
  /** Hidden layer after activation and dropout, [rows, f]. */
  readonly hidden: T;
  /** Its derivative over what came before the activation, [rows, f]. */
  readonly slope: T;
  /** Means and inverse deviations of the first and the second norm, [4, rows]. */
  readonly moments: T;
}

/** The parts of a trace in their order. */
export const traceNames = [
  "output",
  "qkv",
  "probabilities",
  "attended",
  "middle",
  "hidden",
  "slope",
  "moments",
] as const satisfies readonly (keyof BlockTrace<unknown>)[];
