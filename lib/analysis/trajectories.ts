import { checkOptions, SpecError } from "../core/errors.js";
import { quicksortOrder } from "../core/numeric/quicksort.js";
import { meanOf } from "../core/numeric/vectors.js";
import { countLabels, cutAtCount, leafHeights } from "./cut.js";
import type { Linkage } from "./types.js";

/** How samples that merge at equal heights are ordered; two leaves that merge with each other always do. */
export type TieOrder = "epoch" | "quicksort" | "reverse" | "average";
/** How a cluster without a pair of adjacent samples counts in the mean ordered fraction. */
export type SingletonRule = "exclude" | "zero" | "one";

export interface TrajectoryOptions {
  /** Clusters to cut into; the number of models when left out, as in the paper. */
  readonly clusters?: number;
  /**
   * "epoch" (default): samples of equal height stay in the order of training, as a stable sort of checkpoints kept in
   * that order does. "quicksort": as an unstable sort leaves them, numpy's default; with it all four ordered fractions of
   * full space and SVD-50 come near the published ones. "reverse": against the order of training. "average": the mean
   * of both. The choice matters: the last two epochs of an ordered trajectory are such a pair.
   */
  readonly ties?: TieOrder;
  /** "exclude" (default): a cluster with one sample of its dominant model has no adjacent pair and is left out. */
  readonly singletons?: SingletonRule;
}

/** One cluster of checkpoints. */
export interface ClusterScore {
  readonly cluster: number;
  readonly size: number;
  /** Model with most samples in the cluster; the smallest of equals. */
  readonly model: number;
  /** Samples of that model in the cluster. */
  readonly samples: number;
  /** samples / size. */
  readonly purity: number;
  /** Length of the exact prefix first, second, third, ... kept epoch. */
  readonly orderedInitialEpochs: number;
  /** Share of adjacent samples that are successive kept epochs, in order; null without a pair. */
  readonly orderedEpochsFraction: number | null;
  /** Epochs of the dominant model's samples in the recovered order (of "average": with ties by epoch). */
  readonly order: Int32Array;
}

/** How well a linkage recovers which checkpoints belong together and in which order. */
export interface TrajectoryScores {
  readonly clusterPurity: number;
  readonly orderedInitialEpochs: number;
  /** NaN when no cluster has a pair and singletons are excluded. */
  readonly orderedEpochsFraction: number;
  /** What random orders of the same samples would give, by the same means. */
  readonly chance: { readonly orderedInitialEpochs: number; readonly orderedEpochsFraction: number };
  readonly clusters: readonly ClusterScore[];
  /** Cluster of each checkpoint. */
  readonly labels: Int32Array;
  /** Clusters with a single sample of their dominant model. */
  readonly singletons: number;
}

/**
 * Cluster purity and recovered order of training trajectories (Schuerholt and Borth 2021, "Epoch-to-Model Assignment").
 * The linkage is cut into as many clusters as there are models. Purity of a cluster is the share of its dominant model.
 * That model's samples in the cluster are ordered by descending height of their first merge; the order is scored by the
 * length of its exact prefix (first, second, third, ... kept epoch; 0 when the first sample is not the first epoch) and by
 * the share of adjacent pairs that are successive kept epochs. All three are averaged over clusters.
 * @param models model of each checkpoint
 * @param epochs epoch of each checkpoint; ranks among the model's kept epochs count, so gaps in them do not
 * @throws SpecError when lengths differ from the linkage's points, or a model has an epoch twice
 */
export function scoreTrajectories(
  linkage: Linkage,
  models: Int32Array,
  epochs: Int32Array,
  options: TrajectoryOptions = {},
): TrajectoryScores {
  checkOptions(options, ["clusters", "ties", "singletons"], "scoreTrajectories");
  checkLengths(linkage, models, epochs);
  const { ties = "epoch", singletons = "exclude" } = options;
  const ranks = epochRanks(models, epochs);
  const labels = cutAtCount(linkage, options.clusters ?? new Set(models).size);
  const heights = leafHeights(linkage);
  const clusters = membersOf(labels).map((members, cluster) => {
    const { model, samples } = dominantModel(members, models);
    const byEpoch = samples.sort((a, b) => ranks[a] - ranks[b]);
    const order = descending(byEpoch, heights, ties);
    const orders = ties === "average" ? [order, descending(byEpoch, heights, "reverse")] : [order];
    const scores = orders.map((indices) => scoreOrder(indices.map((i) => ranks[i])));
    return {
      cluster,
      size: members.length,
      model,
      samples: samples.length,
      purity: samples.length / members.length,
      orderedInitialEpochs: meanOf(scores.map((score) => score.prefix)),
      orderedEpochsFraction: samples.length > 1 ? meanOf(scores.map((score) => score.fraction)) : null,
      order: Int32Array.from(order, (i) => epochs[i]),
    };
  });
  const fractions = (of: (score: ClusterScore) => number | null) =>
    meanOf(clusters.flatMap((score) => of(score) ?? singletonValues[singletons]));
  return {
    clusterPurity: meanOf(clusters.map((score) => score.purity)),
    orderedInitialEpochs: meanOf(clusters.map((score) => score.orderedInitialEpochs)),
    orderedEpochsFraction: fractions((score) => score.orderedEpochsFraction),
    chance: {
      orderedInitialEpochs: meanOf(clusters.map((score) => chancePrefix(score.samples))),
      orderedEpochsFraction: fractions((score) => (score.samples > 1 ? 1 / score.samples : null)),
    },
    clusters,
    labels,
    singletons: clusters.filter((score) => score.samples === 1).length,
  };
}

function checkLengths(linkage: Linkage, models: Int32Array, epochs: Int32Array): void {
  for (const [name, values] of Object.entries({ models, epochs })) {
    if (values.length !== linkage.points) {
      throw new SpecError(
        "trajectories/length",
        `the linkage has ${linkage.points} points but ${name} has ${values.length}; give one for each point`,
        { value: values.length },
      );
    }
  }
}

/** Rank of each checkpoint among its model's epochs, from 0. */
function epochRanks(models: Int32Array, epochs: Int32Array): Int32Array {
  const ranks = new Int32Array(models.length);
  const order = Array.from(models.keys());
  order.sort((a, b) => models[a] - models[b] || epochs[a] - epochs[b]);
  for (let place = 1; place < order.length; place++) {
    const [before, here] = [order[place - 1], order[place]];
    if (models[before] !== models[here]) continue;
    if (epochs[before] === epochs[here]) {
      throw new SpecError(
        "trajectories/twice",
        `model ${models[here]} has epoch ${epochs[here]} twice; keep one checkpoint of each epoch`,
        { value: epochs[here] },
      );
    }
    ranks[here] = ranks[before] + 1;
  }
  return ranks;
}

/** Points of each label. */
function membersOf(labels: Int32Array): number[][] {
  const members: number[][] = Array.from({ length: countLabels(labels) }, () => []);
  labels.forEach((label, i) => {
    members[label].push(i);
  });
  return members;
}

function dominantModel(members: number[], models: Int32Array): { model: number; samples: number[] } {
  const byModel = new Map<number, number[]>();
  for (const i of members) {
    const samples = byModel.get(models[i]);
    if (samples) samples.push(i);
    else byModel.set(models[i], [i]);
  }
  const ranked = [...byModel].sort(([a, x], [b, y]) => y.length - x.length || a - b);
  const [model, samples] = ranked[0];
  return { model, samples };
}

/** Samples, given in the order of training, by descending height. */
function descending(byEpoch: readonly number[], heights: Float64Array, ties: TieOrder): number[] {
  if (ties === "quicksort") return quicksortOrder(byEpoch.map((i) => -heights[i])).map((at) => byEpoch[at]);
  const start = ties === "reverse" ? [...byEpoch].reverse() : [...byEpoch];
  return start.sort((a, b) => heights[b] - heights[a]);
}

function scoreOrder(ranks: number[]): { prefix: number; fraction: number } {
  let prefix = 0;
  while (prefix < ranks.length && ranks[prefix] === prefix) prefix++;
  let pairs = 0;
  for (let i = 1; i < ranks.length; i++) if (ranks[i] === ranks[i - 1] + 1) pairs++;
  return { prefix, fraction: pairs / Math.max(1, ranks.length - 1) };
}

/** Expected exact prefix of a random order of n samples: the sum over p of (n - p)! / n!. */
function chancePrefix(n: number): number {
  let expected = 0;
  let probability = 1;
  for (let p = 0; p < n; p++) {
    probability /= n - p;
    expected += probability;
  }
  return expected;
}

/** What a cluster without a pair adds to the mean. */
const singletonValues: Record<SingletonRule, number[]> = { exclude: [], zero: [0], one: [1] };
