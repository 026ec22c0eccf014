/**
 * Kendall's tau-b of rows of which each is taken several times or not at all, as in resamples: rows are sorted once, and
 * each resample takes O(n log n) additions without sorting anything.
 * @param x values of the rows
 * @param y values of the rows, as many
 * @param unit of each row, 0, 1, ...: what is resampled
 * @returns a function of how often each unit is taken; NaN where tau is undefined
 */
export function resampledTau(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  unit: ArrayLike<number>,
): (counts: ArrayLike<number>) => number {
  const n = x.length;
  for (let i = 0; i < n; i++) if (Number.isNaN(x[i]) || Number.isNaN(y[i])) return () => Number.NaN;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => x[a] - x[b]);
  const units = Int32Array.from(order, (i) => unit[i]);
  const { ranks: xRanks } = ranked(order.map((i) => x[i]));
  const { ranks: yRanks, levels } = ranked(order.map((i) => y[i]));
  // Sums of the rows seen so far by rank of y (Fenwick 1994), 1-based; and of all rows by rank of y.
  const tree = new Float64Array(levels + 1);
  const tied = new Float64Array(levels);
  const upTo = (rank: number) => {
    let sum = 0;
    for (let p = rank; p > 0; p &= p - 1) sum += tree[p];
    return sum;
  };
  const add = (rank: number, weight: number) => {
    for (let p = rank; p <= levels; p += p & -p) tree[p] += weight;
  };
  return (counts) => {
    tree.fill(0);
    tied.fill(0);
    let [total, balance, tiedX] = [0, 0, 0];
    for (let from = 0; from < n; ) {
      let to = from;
      let group = 0;
      for (; to < n && xRanks[to] === xRanks[from]; to++) {
        const weight = counts[units[to]];
        if (weight === 0) continue;
        const below = upTo(yRanks[to]);
        const above = total - upTo(yRanks[to] + 1);
        balance += weight * (below - above);
        group += weight;
        tied[yRanks[to]] += weight;
      }
      // Rows of equal x are no pairs: they are counted once all of them were compared.
      for (let i = from; i < to; i++) if (counts[units[i]] > 0) add(yRanks[i] + 1, counts[units[i]]);
      total += group;
      tiedX += (group * (group - 1)) / 2;
      from = to;
    }
    let tiedY = 0;
    for (const weight of tied) tiedY += (weight * (weight - 1)) / 2;
    const pairs = (total * (total - 1)) / 2;
    if (pairs - tiedX <= 0 || pairs - tiedY <= 0) return Number.NaN;
    const tau = balance / Math.sqrt(pairs - tiedX) / Math.sqrt(pairs - tiedY);
    return Math.max(-1, Math.min(1, tau));
  };
}

/** Ranks from 0, equal values share one; and how many different values there are. */
function ranked(values: readonly number[]): { ranks: Int32Array; levels: number } {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const place = new Map(sorted.map((value, rank) => [value, rank]));
  return { ranks: Int32Array.from(values, (value) => place.get(value)!), levels: sorted.length };
}
