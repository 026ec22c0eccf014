import type { ProbeTable } from "../../analysis/probes/probe-table.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { claimRow } from "../claims.js";
import { publishedTable } from "../published.js";
import { type InitClusters, silhouetteDifference } from "./init-clusters.js";
import type { CellResult } from "./runs.js";
import { type SeedScores, seedDifference, zooDifference } from "./scores.js";
import { probeScores, reconstructions } from "./tables.js";

const source = "Table 4 (2021)";

/** One of the five zoos in our run. */
export interface FactorZoo {
  /** Published name, e.g. "MNIST-HYP-1-FIX-SEED". */
  readonly name: string;
  readonly zoo: Zoo;
  readonly baselines: ProbeTable;
  /** EcD and Ec+D. */
  readonly cells: readonly CellResult[];
  /** UMAP of the weights and how far initialisers part in it; undefined where all are of one. */
  readonly clusters?: InitClusters;
}

/** What a claim compares: two zoos, or two representations of one. */
interface Comparison {
  readonly claim: string;
  readonly interval: Interval;
  readonly published?: number;
}

/**
 * What the paper reads from Table 4 and Figure 4: with shared seeds weights tell the initialiser and cluster by it;
 * random seeds make reconstruction and reading from weights harder; E beats weights and statistics where
 * hyper-parameters vary.
 */
export function factorClaims(
  zoos: readonly FactorZoo[],
  setting: string,
  tooSmall: string | undefined,
  rng: RandomStream,
): ScoreRow[] {
  const find = (name: string) => zoos.find((zoo) => zoo.name === name);
  const comparisons: Comparison[] = [];
  for (const count of ["1", "5"]) {
    const fixed = find(`MNIST-HYP-${count}-FIX-SEED`);
    const drawn = find(`MNIST-HYP-${count}-RAND-SEED`);
    if (fixed && drawn) comparisons.push(...seedComparisons(fixed, drawn, count, rng.split(count)));
  }
  for (const zoo of zoos) {
    if (zoo.name.includes("HYP")) comparisons.push(...readingComparisons(zoo, rng.split(zoo.name)));
  }
  return comparisons.map(({ claim, interval, published }) =>
    claimRow({
      claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
      source,
      interval,
      inequality: { relation: ">", bound: 0 },
      setting,
      ...(published === undefined ? {} : { published: Number(published.toFixed(2)) }),
      ...(tooSmall ? { verdict: "undecided" as const } : {}),
    }),
  );
}

/** Fixed seeds against drawn ones. */
function seedComparisons(fixed: FactorZoo, drawn: FactorZoo, count: string, rng: RandomStream): Comparison[] {
  const seeds = count === "1" ? "one seed" : "five seeds";
  const fromWeights = (targets: readonly string[]) =>
    zooDifference(
      baselineScores(fixed, "W", targets),
      baselineScores(drawn, "W", targets),
      rng.split(...targets),
    );
  const published = (column: string, targets: readonly string[]) =>
    publishedMean(fixed.name, column, targets) - publishedMean(drawn.name, column, targets);
  const rec = (zoo: FactorZoo) => reconstructions(zoo.cells.find(({ row }) => row === "Ec+D")!)!;
  const variance = publishedTable("hyperreps/zoo-variance");
  const ofReconstruction = ({ name }: FactorZoo) =>
    variance.values[variance.rows.indexOf("Rtes")][variance.columns.indexOf(name)]!;
  const numeric = ["eph", "acc", "ggap"];
  return [
    {
      claim: `${seeds}: initialisation read from W, fixed minus drawn`,
      interval: fromWeights(["init"]),
      published: published("W", ["init"]),
    },
    {
      claim: `${seeds}: epoch, accuracy and gap read from W, fixed minus drawn`,
      interval: fromWeights(numeric),
      published: published("W", numeric),
    },
    {
      claim: `${seeds}: test reconstruction by Ec+D, fixed minus drawn`,
      interval: zooDifference(rec(fixed), rec(drawn), rng.split("rec")),
      published: ofReconstruction(fixed) - ofReconstruction(drawn),
    },
    ...(fixed.clusters && drawn.clusters
      ? [
          {
            claim: `${seeds}: silhouette by initialisation in UMAP, fixed minus drawn`,
            interval: silhouetteDifference(fixed.clusters, drawn.clusters, rng.split("silhouette")),
          },
        ]
      : []),
  ];
}

/** E against weights and layer statistics on one zoo, by the loss that the paper shows for it. */
function readingComparisons(zoo: FactorZoo, rng: RandomStream): Comparison[] {
  const { columns } = publishedTable("hyperreps/zoo-factors");
  const own = columns.find((column) => column.startsWith(`${zoo.name}/E`))!.split("/")[1];
  const learned = zoo.cells.find(({ row }) => row === own)!;
  return ["W", "sW"].flatMap((other) =>
    ["acc", "ggap"].map((target) => ({
      claim: `${zoo.name}: ${own} minus ${other}, ${target === "acc" ? "accuracy" : "gap"}`,
      interval: seedDifference(
        probeScores(learned, [target]),
        baselineScores(zoo, other, [target]),
        rng.split(other, target),
      ),
      published: publishedMean(zoo.name, own, [target]) - publishedMean(zoo.name, other, [target]),
    })),
  );
}

function baselineScores({ baselines }: FactorZoo, column: string, targets: readonly string[]): SeedScores {
  const { rows, columns } = baselines.table;
  return [targets.map((target) => baselines.cells[rows.indexOf(target)][columns.indexOf(column)])];
}

function publishedMean(zoo: string, column: string, targets: readonly string[]): number {
  const { rows, columns, values } = publishedTable("hyperreps/zoo-factors");
  const place = columns.indexOf(`${zoo}/${column}`);
  return targets.reduce((sum, target) => sum + values[rows.indexOf(target)][place]! / targets.length, 0);
}
