import { type DropoutPlan, dropoutPlan } from "../ops/dropout-mask.js";
import type { AttentionSizes } from "./raw-attention.js";

/** Sizes of a transformer block, and what else is settled for one pass through it. `width` is a multiple of `heads`. */
export interface BlockSetting extends AttentionSizes {
  /** Width of the hidden layer. */
  readonly hidden: number;
  readonly epsilon: number;
  /** Dropout of what attention gives, of the hidden layer, and of what that gives. */
  readonly masks: BlockMasks | undefined;
}

/** What makes the three masks. */
export type BlockMasks = readonly [BlockMask, BlockMask, BlockMask];
export type BlockMask = DropoutPlan;

/** The seed of one of a block's three masks. */
export function maskSeed(seed: number, which: 0 | 1 | 2): number {
  return (Math.imul(seed, 3) + which) >>> 0;
}

/** The three masks of a block; none for a rate of 0. */
export function blockMasks(rate: number, seed: number): BlockMasks | undefined {
  if (rate === 0) return undefined;
  const mask = (which: 0 | 1 | 2) => dropoutPlan(rate, maskSeed(seed, which));
  return [mask(0), mask(1), mask(2)];
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
  /** [rows, width]. */
  readonly output: T;
  /** [rows, 3 width]. */
  readonly qkv: T;
  /** [batch, heads, tokens, tokens]. */
  readonly probabilities: T;
  /** What attention gave, [rows, width]. */
  readonly attended: T;
  /** Input plus attention, [rows, width]. */
  readonly middle: T;
  /** Hidden layer after activation and dropout, [rows, hidden]. */
  readonly hidden: T;
  /** Its derivative over what came before the activation, [rows, hidden]. */
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
