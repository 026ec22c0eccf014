import type { RandomStream } from "../../core/random.js";

/** How often each level of each factor was chosen so far: one list a factor. */
export type LevelCounts = readonly number[][];

/** Counts of levels of which none was chosen yet. */
export function noCounts(levels: readonly number[]): LevelCounts {
  return levels.map((count) => new Array<number>(count).fill(0));
}

/**
 * Chooses some points of a grid so that each factor's levels come up equally often, to within one point.
 * @param levels number of levels of each factor, slowest first; no factors are one point
 * @param wanted at most the number of points
 * @param rng decides between levels that came up equally often
 * @param counts what earlier choices took, and this one adds to: several choices together are balanced too
 * @returns indices of the points, ascending
 */
export function balancedChoice(
  levels: readonly number[],
  wanted: number,
  rng: RandomStream,
  counts: LevelCounts,
): number[] {
  const chosen: number[] = [];
  const choose = (factor: number, point: number, share: number): void => {
    if (share === 0) return;
    if (factor === levels.length) {
      chosen.push(point);
      return;
    }
    const shares = levelShares(share, counts[factor], rng);
    shares.forEach((part, level) => {
      counts[factor][level] += part;
      choose(factor + 1, point * levels[factor] + level, part);
    });
  };
  choose(0, 0, wanted);
  return chosen;
}

/** Splits a number of points over levels as equally as can be; what is left goes to the levels with the least so far. */
function levelShares(wanted: number, counts: readonly number[], rng: RandomStream): number[] {
  const each = Math.floor(wanted / counts.length);
  const shares = counts.map(() => each);
  const left = wanted - each * counts.length;
  if (left === 0) return shares;
  const order = Array.from(rng.permutation(counts.length)).sort((a, b) => counts[a] - counts[b]);
  for (const level of order.slice(0, left)) shares[level]++;
  return shares;
}
