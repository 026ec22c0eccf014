import type { Matrix } from "../../core/matrix.js";
import { squaredDistance } from "../../core/numeric/points.js";

/** Two models of one data set, of which one is among the nearest of the other. */
export interface ClosePair {
  /** Places among the evaluated models. */
  readonly worse: number;
  readonly better: number;
  /** Normalised accuracies. */
  readonly accuracies: readonly [number, number];
  /** Between descriptors. */
  readonly distance: number;
  /** Share of all pairs of models of the data set that lie closer. */
  readonly closer: number;
}

const neighbors = 3;

/**
 * Good and bad minima close together: of each model and its three nearest of the same data set, the pair of the greatest
 * difference in accuracy; pairs of great differences first, each model in one pair.
 */
export function closePairs(
  descriptors: Matrix,
  datasets: readonly string[],
  accuracy: Float64Array,
): ClosePair[] {
  const found: ClosePair[] = [];
  for (const dataset of new Set(datasets)) {
    const rows = datasets.flatMap((name, i) => (name === dataset ? [i] : []));
    const distances = rows.map((a) => rows.map((b) => squaredDistance(descriptors, a, descriptors, b)));
    const sorted = distances.flatMap((own, i) => own.slice(0, i)).sort((a, b) => a - b);
    for (const [i, a] of rows.entries()) {
      const others = [...rows.keys()].filter((j) => j !== i);
      others.sort((j, k) => distances[i][j] - distances[i][k]);
      for (const j of others.slice(0, neighbors)) {
        const b = rows[j];
        const [worse, better] = accuracy[a] <= accuracy[b] ? [a, b] : [b, a];
        const closer = sorted.findIndex((distance) => distance >= distances[i][j]) / sorted.length;
        const distance = Math.sqrt(distances[i][j]);
        found.push({ worse, better, accuracies: [accuracy[worse], accuracy[better]], distance, closer });
      }
    }
  }
  found.sort((a, b) => difference(b) - difference(a));
  const taken = new Set<number>();
  return found.filter(({ worse, better }) => {
    if (taken.has(worse) || taken.has(better)) return false;
    taken.add(worse).add(better);
    return true;
  });
}

function difference({ accuracies: [worse, better] }: ClosePair): number {
  return better - worse;
}
