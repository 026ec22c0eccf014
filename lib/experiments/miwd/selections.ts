import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { type Matrix, row } from "../../core/matrix.js";
import { kMeans } from "../../core/numeric/k-means.js";
import { meanOf } from "../../core/numeric/vectors.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { umap } from "../../representations/umap.js";
import { type ClosePair, closePairs } from "./close-pairs.js";
import type { DescribedModels } from "./described-models.js";
import { descriptorKinds, type KindOfVectors } from "./represented.js";
import { untanglingTasks } from "./untangling-task.js";

/** Models that lie together in the plane. */
export interface Selection {
  /** "A" to "F": the two clusters of lowest accuracy, the middle one, the three highest. */
  readonly name: string;
  readonly performance: "low" | "medium" | "high";
  /** Places among the evaluated models. */
  readonly members: readonly number[];
  /** Mean normalised accuracy. */
  readonly accuracy: number;
  /** [numbers of the descriptor]. */
  readonly mean: Float32Array;
  /** Standard deviation over the members. */
  readonly deviation: Float32Array;
  /** By task, the commonest value and its share of the members. */
  readonly commonest: Readonly<Record<string, { readonly value: string; readonly share: number }>>;
}

export interface Selections {
  readonly kind: KindOfVectors;
  /** Descriptors of all evaluated models at the largest size. */
  readonly descriptors: Matrix;
  /** [evaluated, 2]: their embedding. */
  readonly points: Matrix;
  /** Cluster of each model. */
  readonly clusters: Int32Array;
  /** Test accuracy of each, 0..1 from the worst to the best model of its data set. */
  readonly accuracy: Float64Array;
  readonly selections: readonly Selection[];
  /** Models of one data set whose descriptors are neighbours, those of the greatest difference in accuracy first. */
  readonly pairs: readonly ClosePair[];
}

export interface SelectionsOptions extends LongRunOptions {
  /** Clusters that the plane is cut into; fewer where models are few. */
  readonly clusters: number;
  readonly rng: RandomStream;
  /** Whose plane; "MI-WD" by default. */
  readonly kind?: KindOfVectors;
  /** [models, 2]: another plane than UMAP of the descriptors. */
  readonly points?: Matrix;
}

/** Models that a cluster has on average, at least. */
const leastOfCluster = 4;

/**
 * Fig. 5 of Eilertsen et al. 2024, whose selections were drawn by hand, by code: the plane is cut by k-means, since the
 * authors selected compact spots of it and k-means gives compact clusters of similar extent, while single linkage would
 * chain through UMAP's threads; clusters are ranked by mean accuracy, normalised for each data set as in the paper.
 * @throws InterruptedError
 */
export async function runSelections(
  described: DescribedModels,
  given: SelectionsOptions,
): Promise<Selections> {
  checkOptions(given, ["clusters", "rng", "kind", "points", "signal", "onProgress"], "runSelections");
  const { rng, kind = descriptorKinds[0], points: plane, signal, onProgress } = interruptible(given);
  const { parts, representations } = described;
  const { facts } = parts;
  const largest = Math.max(...representations.map(({ size }) => size));
  const { points: descriptors } = representations.find((one) => one.kind === kind && one.size === largest)!;
  const neighbors = Math.min(15, descriptors.rows - 1);
  const options = { rng: rng.split("umap"), neighbors, minDist: 0.1, signal, onProgress };
  const points = plane ?? (await umap(descriptors, options));
  const count = Math.max(1, Math.min(given.clusters, Math.floor(points.rows / leastOfCluster)));
  const { labels: clusters } = kMeans(points, count, rng.split("clusters"));
  const accuracy = normalisedAccuracy(facts);
  const ranked = Array.from({ length: count }, (_, cluster) => {
    const members = Array.from(clusters.keys()).filter((place) => clusters[place] === cluster);
    return { members, accuracy: meanOf(members.map((place) => accuracy[place])) };
  }).sort((a, b) => a.accuracy - b.accuracy);
  const selections = chosenPlaces(count).map(({ place, performance }, i): Selection => {
    const { members, accuracy: mean } = ranked[place];
    const columns = Object.entries(untanglingTasks);
    return {
      name: "ABCDEF"[i],
      performance,
      members,
      accuracy: mean,
      ...moments(descriptors, members),
      commonest: Object.fromEntries(
        columns.map(([task, column]) => [task, commonestOf(members.map((m) => String(facts[column][m])))]),
      ),
    };
  });
  const pairs = closePairs(descriptors, facts.dataset, accuracy);
  return { kind, descriptors, points, clusters, accuracy, selections, pairs };
}

/** Ranks of the clusters that are looked at; each only once where clusters are few. */
function chosenPlaces(count: number): { place: number; performance: Selection["performance"] }[] {
  const wanted = [
    { place: 0, performance: "low" },
    { place: 1, performance: "low" },
    { place: Math.floor(count / 2), performance: "medium" },
    { place: count - 3, performance: "high" },
    { place: count - 2, performance: "high" },
    { place: count - 1, performance: "high" },
  ] as const;
  // The ends first: with few clusters the middle and the second ones are left out.
  const taken = new Set<number>();
  const kept = [0, 5, 2, 1, 4, 3].filter((i) => {
    const { place } = wanted[i];
    if (place < 0 || place >= count || taken.has(place)) return false;
    taken.add(place);
    return true;
  });
  return kept.sort((a, b) => wanted[a].place - wanted[b].place).map((i) => wanted[i]);
}

/** Test accuracy from the worst (0) to the best (1) model of the same data set; 0 where all are alike. */
export function normalisedAccuracy(facts: {
  readonly dataset: readonly string[];
  readonly test_accuracy: Float64Array;
}): Float64Array {
  const ranges = new Map<string, [number, number]>();
  facts.test_accuracy.forEach((accuracy, i) => {
    const [low, high] = ranges.get(facts.dataset[i]) ?? [accuracy, accuracy];
    ranges.set(facts.dataset[i], [Math.min(low, accuracy), Math.max(high, accuracy)]);
  });
  return facts.test_accuracy.map((accuracy, i) => {
    const [low, high] = ranges.get(facts.dataset[i])!;
    return high > low ? (accuracy - low) / (high - low) : 0;
  });
}

/** Mean and standard deviation (of the population) of some rows. */
function moments(rows: Matrix, members: readonly number[]): { mean: Float32Array; deviation: Float32Array } {
  const mean = new Float64Array(rows.cols);
  const squares = new Float64Array(rows.cols);
  for (const member of members)
    row(rows, member).forEach((value, c) => {
      mean[c] += value / members.length;
    });
  for (const member of members)
    row(rows, member).forEach((value, c) => {
      squares[c] += (value - mean[c]) ** 2 / members.length;
    });
  return { mean: Float32Array.from(mean), deviation: Float32Array.from(squares, Math.sqrt) };
}

function commonestOf(values: readonly string[]): { value: string; share: number } {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [value, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
  return { value, share: count / values.length };
}
