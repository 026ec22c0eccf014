import { SpecError } from "../../../core/errors.js";

/** What a dropout mask is made from: 32-bit integers (signed, as WebAssembly takes them), and the kept values' factor. */
export interface DropoutPlan {
  readonly firstKey: number;
  readonly secondKey: number;
  readonly threshold: number;
  readonly scale: number;
}

/** MurmurHash3's finaliser (Appleby, public domain): every bit of the input moves half the bits of the output. */
function scramble(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * The plan of a mask. Two keys enter at different places of the hash, so that masks of neighbouring seeds are not
 * rearrangements of each other.
 * @param rate share of values that are dropped, in [0, 1)
 * @param seed an unsigned 32-bit integer
 * @throws SpecError "tensors/dropout-rate" or "tensors/dropout-seed"
 */
export function dropoutPlan(rate: number, seed: number): DropoutPlan {
  if (!(rate >= 0 && rate < 1)) {
    throw new SpecError("tensors/dropout-rate", `dropout: rate is ${rate}; give a number in [0, 1)`, {
      value: rate,
    });
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new SpecError(
      "tensors/dropout-seed",
      `dropout: seed is ${seed}; give a whole number in [0, 2^32)`,
      {
        value: seed,
      },
    );
  }
  return {
    firstKey: scramble((seed + 0x9e3779b9) | 0),
    secondKey: scramble((seed ^ 0x7f4a7c15) | 0),
    threshold: Math.min(Math.ceil(rate * 2 ** 32), 2 ** 32 - 1) | 0,
    scale: 1 / (1 - rate),
  };
}

/** The factors of `count` values: 0 where a value is dropped, 1 / (1 - rate) where it is kept. */
export function dropoutMask(
  count: number,
  { firstKey, secondKey, threshold, scale }: DropoutPlan,
): Float32Array {
  const mask = new Float32Array(count);
  const least = threshold >>> 0;
  for (let i = 0; i < count; i++) {
    const hash = scramble(scramble((i + firstKey) | 0) ^ secondKey) >>> 0;
    mask[i] = hash >= least ? scale : 0;
  }
  return mask;
}
