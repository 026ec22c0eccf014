import { bootstrapInterval, type Interval } from "../core/numeric/bootstrap.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { RandomStream } from "../core/random.js";
import type { ScoreRow } from "../core/tables.js";
import { claimRow } from "./claims.js";
import { publishedTable } from "./published.js";
import { clusterValues, measureInterval, type SpaceResult, type TrajectoryRun } from "./trajectory-order.js";

export interface TrajectoryRuns {
  readonly mlp: TrajectoryRun;
  readonly cnn: TrajectoryRun;
}

/** Smallest runs whose order is judged: fewer models or epochs leave the claims about order undecided. */
const judged = { models: 20, epochs: 10 };

function isTooSmall({ zoo }: TrajectoryRun): boolean {
  return zoo.models < judged.models || zoo.epochs.length < judged.epochs;
}

function smallWords(isSmall: boolean): string {
  return isSmall ? "; too small to judge" : "";
}

function undecidedWhen(isSmall: boolean): { verdict?: "undecided" } {
  return isSmall ? { verdict: "undecided" } : {};
}

/** Fewest models at which purity in few dimensions says something: fewer do not crowd five dimensions. */
const crowd = 100;

/**
 * The claims of Tables 2 and 3 (2020), each as an inequality with a 95 percent bootstrap interval over clusters:
 * pure clusters in full space and at SVD-50, more order for CNNs than for MLPs, less order at SVD-5 than in full space,
 * and purity below 1 at SVD-5, which is left undecided with fewer than 100 models.
 */
export function trajectoryClaims(runs: TrajectoryRuns, options: { readonly rng: RandomStream }): ScoreRow[] {
  const { rng } = options;
  const nets = ["cnn", "mlp"] as const;
  return [
    ...nets.flatMap((net) => purityClaims(net, runs[net], rng.split(net, "purity"))),
    moreOrderClaim(runs, rng.split("more")),
    ...nets.flatMap((net) => declineClaims(net, runs[net], rng.split(net, "decline"))),
  ];
}

function purityClaims(net: "mlp" | "cnn", run: TrajectoryRun, rng: RandomStream): ScoreRow[] {
  return ["full", "svd-50"].map((name) => {
    const result = spaceOf(run, name);
    return claimRow({
      claim: `${net.toUpperCase()} clusters are pure, ${spaceWords(name)}`,
      source: sourceOf(net),
      interval: result ? measureInterval(result, "clusterPurity", rng.split(name)) : none,
      inequality: { relation: ">=", bound: 1 },
      setting: run.setting,
      published: publishedValue(net, name, "clusterPurity"),
    });
  });
}

function moreOrderClaim({ mlp, cnn }: TrajectoryRuns, rng: RandomStream): ScoreRow {
  const tooSmall = isTooSmall(mlp) || isTooSmall(cnn);
  return claimRow({
    claim: `CNN minus MLP, ordered fraction in full space${smallWords(tooSmall)}`,
    source: "Tables 2 and 3 (2020)",
    interval: differenceInterval(mlp.spaces[0], cnn.spaces[0], rng),
    inequality: { relation: ">", bound: 0 },
    setting: cnn.setting,
    ...undecidedWhen(tooSmall),
    published: round(
      publishedValue("cnn", "full", "orderedEpochsFraction") -
        publishedValue("mlp", "full", "orderedEpochsFraction"),
    ),
  });
}

function declineClaims(net: "mlp" | "cnn", run: TrajectoryRun, rng: RandomStream): ScoreRow[] {
  const small = spaceOf(run, "svd-5");
  const published = (column: "clusterPurity" | "orderedEpochsFraction") =>
    publishedValue(net, "svd-5", column);
  const tooFew = run.zoo.models < crowd;
  return [
    claimRow({
      claim: `${net.toUpperCase()}, ordered fraction at SVD-5 minus full space${smallWords(isTooSmall(run))}`,
      source: sourceOf(net),
      interval: small ? differenceInterval(run.spaces[0], small, rng.split("order")) : none,
      inequality: { relation: "<", bound: 0 },
      setting: run.setting,
      ...undecidedWhen(isTooSmall(run)),
      published: round(
        published("orderedEpochsFraction") - publishedValue(net, "full", "orderedEpochsFraction"),
      ),
    }),
    claimRow({
      claim: `${net.toUpperCase()} clusters mix at SVD-5${smallWords(tooFew)}`,
      source: sourceOf(net),
      interval: small ? measureInterval(small, "clusterPurity", rng.split("purity")) : none,
      inequality: { relation: "<", bound: 1 },
      setting: run.setting,
      published: published("clusterPurity"),
      ...undecidedWhen(tooFew),
    }),
  ];
}

const none: Interval = { value: Number.NaN, low: Number.NaN, high: Number.NaN };

/** Interval of mean(second) - mean(first) of the ordered fraction; both resampled independently. */
function differenceInterval(first: SpaceResult, second: SpaceResult, rng: RandomStream): Interval {
  const a = clusterValues(first.scores, "orderedEpochsFraction");
  const b = clusterValues(second.scores, "orderedEpochsFraction");
  if (a.length === 0 || b.length === 0) return none;
  const resample = rng.split("second");
  const other = (whole: boolean) => (whole ? b : b.map(() => b[resample.integer(b.length)]));
  return bootstrapInterval(a, (sample) => meanOf(other(sample === a)) - meanOf(sample), {
    rng: rng.split("first"),
  });
}

function spaceOf(run: TrajectoryRun, name: string): SpaceResult | undefined {
  return name === "full" ? run.spaces[0] : run.spaces.find(({ space }) => space === name);
}

function spaceWords(name: string): string {
  return name === "full" ? "full space" : name.toUpperCase();
}

function sourceOf(net: "mlp" | "cnn"): string {
  return net === "cnn" ? "Table 2 (2020)" : "Table 3 (2020)";
}

function publishedValue(net: "mlp" | "cnn", space: string, column: string): number {
  const table = publishedTable(`trajectories/${net}`);
  const row = space === "full" ? 0 : table.rows.indexOf(space);
  return table.values[row][table.columns.indexOf(column)] as number;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
