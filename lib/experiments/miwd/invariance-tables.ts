import { bootstrapInterval, type Interval, quantile } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { intervalTable } from "../interval-table.js";
import type { MeasuredInvariance, OwnDistances, Reordering } from "./model-distances.js";

/** Models are the same, say the authors, in these; trained again they are not. */
const invariant: readonly Reordering[] = ["permuted neurons", "transposed export"];
const rounds = 500;

/**
 * Median distance to the own copy in percent of the median distance between models; models are resampled, for both.
 * Undefined where fewer than two models were copied.
 */
export function ownShare(
  { own, between }: OwnDistances,
  models: readonly number[],
  rng: RandomStream,
): Interval | undefined {
  const copied = models.filter((model) => Number.isFinite(own[model]));
  if (copied.length < 2) return undefined;
  const share = (sample: readonly number[]) => {
    const pairs: number[] = [];
    for (const [i, a] of sample.entries())
      for (const b of sample.slice(0, i)) if (a !== b) pairs.push(between[a][b]);
    return (100 * median(sample.map((model) => own[model]))) / median(pairs);
  };
  return bootstrapInterval(copied, share, { rng, rounds });
}

function median(values: number[]): number {
  return quantile(
    values.sort((a, b) => a - b),
    0.5,
  );
}

export function distanceTable(
  measured: readonly MeasuredInvariance[],
  models: readonly number[],
  frame: Pick<ResultTable, "id" | "caption">,
  rng: RandomStream,
): ResultTable {
  const rows = measured.map(({ name }) => name);
  const columns = Object.keys(measured[0].distances) as Reordering[];
  return intervalTable({ ...frame, rowKey: "representation", rows, columns }, (row, column) => {
    const { distances } = measured[rows.indexOf(row)];
    return ownShare(distances[column as Reordering], models, rng.split(row, column));
  });
}

/**
 * Median distance to the own copy of the models of each initialiser, by descriptor, in percent of the median distance
 * between any two models.
 */
export function initialiserTable(
  measured: readonly MeasuredInvariance[],
  initialisers: readonly string[],
  frame: Pick<ResultTable, "id" | "caption">,
  rng: RandomStream,
): ResultTable {
  const kinds = [...new Set(initialisers)].sort();
  const entries = measured.flatMap((one) => kinds.map((init) => ({ ...one, init })));
  const rows = entries.map(({ name, init }) => `${name}: ${init}`);
  const columns = Object.keys(measured[0].distances) as Reordering[];
  return intervalTable({ ...frame, rowKey: "representation: initialiser", rows, columns }, (row, column) => {
    const { distances, init } = entries[rows.indexOf(row)];
    const { own, between } = distances[column as Reordering];
    const members = initialisers.flatMap((of, i) => (of === init && Number.isFinite(own[i]) ? [own[i]] : []));
    if (members.length < 2) return undefined;
    const pairs = median(between.flatMap((line, i) => [...line.subarray(0, i)]));
    const share = (sample: readonly number[]) => (100 * median([...sample])) / pairs;
    return bootstrapInterval(members, share, { rng: rng.split(row, column), rounds });
  });
}

export interface DistanceClaimsOptions {
  readonly text: string;
  readonly networks?: string | undefined;
  readonly tooSmall?: string | undefined;
  readonly rng: RandomStream;
}

/** The descriptors' distance to what is the same network is below a tenth of that between models. */
export function distanceClaims(
  measured: readonly MeasuredInvariance[],
  models: readonly number[],
  { text, networks, tooSmall, rng }: DistanceClaimsOptions,
): ScoreRow[] {
  return measured
    .filter(({ isDescriptor }) => isDescriptor)
    .flatMap(({ name, distances }) =>
      invariant.flatMap((reordering) => {
        const claim = `${networks ? `${networks}: ` : ""}${name}, ${reordering}: distance in percent of that between models`;
        const interval = ownShare(distances[reordering], models, rng.split(claim));
        if (!interval) return [];
        const row = claimRow({
          claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
          source: "Sections 2.1 and 5 (2024), in numbers of ours",
          interval,
          inequality: { relation: "<", bound: 10 },
          setting: text,
          ...(tooSmall ? { verdict: "undecided" as const } : {}),
        });
        return [row];
      }),
    );
}
