import { singleLinkage } from "../analysis/linkage.js";
import { scoreTrajectories, type TieOrder, type TrajectoryScores } from "../analysis/trajectories.js";
import type { Linkage } from "../analysis/types.js";
import { checkOptions } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import type { Matrix } from "../core/matrix.js";
import { bootstrapInterval } from "../core/numeric/bootstrap.js";
import { meanOf } from "../core/numeric/vectors.js";
import { inParts, type LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import type { ResultTable } from "../core/tables.js";
import type { Zoo } from "../zoo/store/zoo.js";
import { networkName, zooSetting } from "./setting.js";
import { leadingScores, svdDimensions, trajectorySvd } from "./trajectory-spaces.js";

/** Clusters and order of a zoo's checkpoints in one space. */
export interface SpaceResult {
  /** Row of the published table: "weights-1376", "svd-500", ... */
  readonly space: string;
  readonly dimensions: number;
  /** Coordinates of the checkpoints: [checkpoints, dimensions]. */
  readonly points: Matrix;
  readonly linkage: Linkage;
  readonly scores: TrajectoryScores;
}

/** One zoo in all spaces of its published table. */
export interface TrajectoryRun {
  readonly zoo: Zoo;
  /** Full weight space first. Spaces with more dimensions than the zoo has checkpoints are left out. */
  readonly spaces: readonly SpaceResult[];
  /** In the shape of the published table, with intervals; null where a space was left out. */
  readonly table: ResultTable;
  readonly setting: string;
}

export interface TrajectoryRunOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Centre the weights before the SVD; false by default. */
  readonly centre?: boolean;
  /** How equal heights are ordered; "epoch" by default. */
  readonly ties?: TieOrder;
}

const columns = ["clusterPurity", "orderedInitialEpochs", "orderedEpochsFraction"] as const;
type Measure = (typeof columns)[number];

/**
 * Tables 2 and 3 of the trajectory papers (2020) for one zoo: single linkage cut at the number of models, in full
 * weight space and in the truncated SVD spaces; purity and order with 95 percent bootstrap intervals over clusters.
 * @throws InterruptedError on abort; SpecError for unknown options
 */
export async function runTrajectories(zoo: Zoo, options: TrajectoryRunOptions): Promise<TrajectoryRun> {
  checkOptions(options, ["rng", "centre", "ties", "signal", "onProgress"], "runTrajectories");
  const { rng, centre, ties, signal, onProgress } = interruptible(options);
  const part = inParts(onProgress, `clusters of ${zoo.spec.name}`, svdDimensions.length + 2);
  const svd = await trajectorySvd(zoo, { rng: rng.split("svd"), centre, signal, onProgress: part(0) });
  const places: { space: string; points: Matrix }[] = [
    { space: `weights-${zoo.layout.parameters}`, points: zoo.weights },
  ];
  for (const dimensions of svdDimensions) {
    if (dimensions <= svd.singularValues.length) {
      places.push({ space: `svd-${dimensions}`, points: leadingScores(svd, dimensions) });
    }
  }
  const spaces: SpaceResult[] = [];
  for (const { space, points } of places) {
    const linkage = await singleLinkage(points, { signal, onProgress: part(spaces.length + 1) });
    const scores = scoreTrajectories(linkage, zoo.facts.model, zoo.facts.epoch, ties ? { ties } : {});
    spaces.push({ space, dimensions: points.cols, points, linkage, scores });
  }
  // Spaces that were left out count as done.
  part(svdDimensions.length + 1)?.({
    label: "",
    done: 1,
    total: 1,
    unit: "",
    ratePerSecond: 0,
    secondsLeft: 0,
  });
  return { zoo, spaces, table: tableOf(zoo, spaces, rng), setting: zooSetting(zoo) };
}

/** A run whose equal heights are ordered in another way; trees and cuts stay. */
export function reorderTrajectories(
  { zoo, spaces, setting }: TrajectoryRun,
  ties: TieOrder,
  options: { readonly rng: RandomStream },
): TrajectoryRun {
  const reordered = spaces.map((space) => ({
    ...space,
    scores: scoreTrajectories(space.linkage, zoo.facts.model, zoo.facts.epoch, { ties }),
  }));
  return { zoo, spaces: reordered, table: tableOf(zoo, reordered, options.rng), setting };
}

function tableOf(zoo: Zoo, spaces: readonly SpaceResult[], rng: RandomStream): ResultTable {
  const rows = [
    `weights-${zoo.layout.parameters}`,
    ...svdDimensions.map((dimensions) => `svd-${dimensions}`),
  ];
  const cells = rows.map((row) => {
    const result = spaces.find(({ space }) => space === row);
    return columns.map((column) =>
      result ? measureInterval(result, column, rng.split(row, column)) : undefined,
    );
  });
  const part = (of: "value" | "low" | "high") =>
    cells.map((row) => row.map((cell) => (cell && Number.isFinite(cell[of]) ? cell[of] : null)));
  return {
    id: tableId(networkName(zoo)),
    caption: `${zoo.spec.name}: single-linkage clusters cut at ${zoo.models}, per space`,
    rowKey: "space",
    rows,
    columns: [...columns],
    values: part("value"),
    low: part("low"),
    high: part("high"),
  };
}

/** The papers' nets have a published table; any other net's table goes by its own name. */
function tableId(network: string): string {
  return `trajectories/${/^(mlp|cnn)-trajectory/.exec(network)?.[1] ?? network}`;
}

/** A measure's mean over clusters and its bootstrap interval; clusters stand for models. */
export function measureInterval(result: SpaceResult, column: Measure, rng: RandomStream) {
  return bootstrapInterval(clusterValues(result.scores, column), meanOf, { rng });
}

/** A measure of every cluster; clusters without a pair have no ordered fraction. */
export function clusterValues(scores: TrajectoryScores, column: Measure): number[] {
  return scores.clusters.flatMap((cluster) => {
    if (column === "clusterPurity") return [cluster.purity];
    if (column === "orderedInitialEpochs") return [cluster.orderedInitialEpochs];
    return cluster.orderedEpochsFraction === null ? [] : [cluster.orderedEpochsFraction];
  });
}

/**
 * The ordered fraction in full space, at SVD-50 and at SVD-5 under each treatment of equal heights, and by chance alone.
 * In single linkage a leaf's height is its distance to its nearest neighbour, so every pair of mutual nearest neighbours
 * ties: where steps do not shrink, most leaves do, and the treatment decides the measure.
 */
export function orderSensitivity(
  runs: Readonly<Record<string, TrajectoryRun>>,
): Record<string, string | number | null>[] {
  const orders: { ties: TieOrder; words: string }[] = [
    { ties: "epoch", words: "in the order of training (ours)" },
    { ties: "quicksort", words: "as numpy's default sort leaves them" },
    { ties: "reverse", words: "in reverse" },
    { ties: "average", words: "mean of both" },
  ];
  return Object.entries(runs).flatMap(([name, { zoo, spaces }]) => {
    const fractions = (of: (result: SpaceResult) => number) => {
      const at = (space: string) => spaces.find((result) => result.space === space);
      const [fifty, five] = [at("svd-50"), at("svd-5")];
      return {
        "full space": of(spaces[0]),
        "SVD-50": fifty ? of(fifty) : null,
        "SVD-5": five ? of(five) : null,
      };
    };
    const rows = orders.map(({ ties, words }) => ({
      zoo: name,
      "equal heights": words,
      ...fractions(
        ({ linkage }) =>
          scoreTrajectories(linkage, zoo.facts.model, zoo.facts.epoch, { ties }).orderedEpochsFraction,
      ),
    }));
    const chance = fractions(({ scores }) => scores.chance.orderedEpochsFraction);
    return [...rows, { zoo: name, "equal heights": "random order (chance)", ...chance }];
  });
}
