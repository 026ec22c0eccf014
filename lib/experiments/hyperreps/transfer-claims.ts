import { jointInterval, jointTaus } from "../../analysis/probes/joint-taus.js";
import type { TransferCell } from "../../analysis/probes/transfer.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { publishedTable } from "../published.js";

const source = "Table 7 (2021)";
const representations = ["W", "sW", "Ec+D"];

/** Tau of the gap by representation, zoo fitted on, zoo ranked; NaN where there is none. */
type TauOf = (representation: string, fittedOn: string, zoo: string) => number;

/** Zoo fitted on, zoo ranked. */
type Pair = readonly [fittedOn: string, zoo: string];

/** A claim as a number that is to lie above a bound. */
interface TransferClaim {
  readonly claim: string;
  readonly bound: number;
  readonly statistic: (tau: TauOf) => number;
}

export interface TransferClaimsOptions extends LongRunOptions {
  /** By published name. */
  readonly zoos: readonly string[];
  /** What was measured on what. */
  readonly setting: string;
  /** Why the run cannot be judged, where it cannot. */
  readonly tooSmall?: string;
  readonly rng: RandomStream;
  /** Resamples of the models. Default 1000. */
  readonly rounds?: number;
}

/**
 * What Table 7 shows, of the gap: in each column the estimator that was fitted on that zoo ranks best, against the best of
 * the others' estimators of the same representation; rank correlation transfers in part, that is, off the diagonal it is
 * positive in the mean; Ec+D is best, ties counted, in the majority of the cells, and of those off the diagonal. Intervals
 * resample the models of each test split, jointly for all cells of its column; each resample has its own best estimator.
 * @param cells those of W, sW and Ec+D are looked at; where cells are missing, claims are about the others
 * @throws InterruptedError
 */
export async function transferClaims(
  cells: readonly TransferCell[],
  { zoos, setting, tooSmall, rng, ...rest }: TransferClaimsOptions,
): Promise<ScoreRow[]> {
  const isWanted = (cell: TransferCell) =>
    cell.target === "ggap" && representations.includes(cell.representation);
  const columns = zoos.map((zoo) => cells.filter((cell) => isWanted(cell) && cell.zoo === zoo));
  const joint = await jointTaus(columns, { ...rest, rng: rng.split("resamples") });
  const places = new Map(
    columns.flat().map(({ representation, fittedOn, zoo }, i) => [`${representation}/${fittedOn}/${zoo}`, i]),
  );
  const ofTaus =
    (taus: Float64Array): TauOf =>
    (...cell) =>
      taus[places.get(cell.join("/")) ?? -1] ?? Number.NaN;
  const pairs = zoos
    .flatMap((fittedOn) => zoos.map((zoo): Pair => [fittedOn, zoo]))
    .filter((pair) => representations.some((name) => places.has([name, ...pair].join("/"))));
  const theirs = publishedTaus();
  return [...columnClaims(zoos), ...meanClaims(pairs), ...shareClaims(pairs)].map(
    ({ claim, bound, statistic }) => {
      const published = statistic(theirs);
      return claimRow({
        claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
        source,
        interval: jointInterval(joint, (taus) => statistic(ofTaus(taus))),
        inequality: { relation: ">", bound },
        setting,
        ...(Number.isNaN(published) ? {} : { published: Number(published.toFixed(3)) }),
        ...(tooSmall ? { verdict: "undecided" as const } : {}),
      });
    },
  );
}

/** In each column the diagonal is the largest. */
function columnClaims(zoos: readonly string[]): TransferClaim[] {
  if (zoos.length < 2) return [];
  return zoos.flatMap((zoo) =>
    representations.map((name) => ({
      claim: `${zoo}, ${name}: tau of the gap, fitted on the zoo itself minus the best of the others`,
      bound: 0,
      statistic: (tau) => {
        const others = zoos.filter((other) => other !== zoo).map((other) => tau(name, other, zoo));
        const known = others.filter((other) => !Number.isNaN(other));
        return known.length === 0 ? Number.NaN : tau(name, zoo, zoo) - Math.max(...known);
      },
    })),
  );
}

/** Rank correlation transfers in part: the mean of the cells off the diagonal that have a tau. */
function meanClaims(pairs: readonly Pair[]): TransferClaim[] {
  const elsewhere = offDiagonal(pairs);
  if (elsewhere.length === 0) return [];
  return representations.map((name) => ({
    claim: `${name}: tau of the gap on zoos that it was not fitted on, mean of ${elsewhere.length} cells`,
    bound: 0,
    statistic: (tau) => {
      const known = elsewhere.map((pair) => tau(name, ...pair)).filter((value) => !Number.isNaN(value));
      return known.reduce((sum, value) => sum + value, 0) / known.length;
    },
  }));
}

/** The majority of the results. */
function shareClaims(pairs: readonly Pair[]): TransferClaim[] {
  const kinds = [
    { words: "", chosen: pairs },
    { words: " off the diagonal", chosen: offDiagonal(pairs) },
  ];
  return kinds
    .filter(({ chosen }) => chosen.length > 0)
    .map(({ words, chosen }) => ({
      claim: `share of ${chosen.length} cells${words} in which Ec+D is best, ties at two decimals counted`,
      bound: 0.5,
      statistic: (tau) => chosen.filter((pair) => isBest(pair, tau)).length / chosen.length,
    }));
}

function offDiagonal(pairs: readonly Pair[]): Pair[] {
  return pairs.filter(([fittedOn, zoo]) => fittedOn !== zoo);
}

/** Whether Ec+D's tau, as printed, is no smaller than W's and sW's. An estimator without a tau is not best and beats none. */
function isBest(pair: Pair, tau: TauOf): boolean {
  const printed = (name: string) => Math.round(100 * tau(name, ...pair));
  const own = printed("Ec+D");
  return !Number.isNaN(own) && representations.every((name) => !(printed(name) > own));
}

/** The printed taus; NaN for a zoo that is not printed. */
function publishedTaus(): TauOf {
  const { rows, columns, values } = publishedTable("hyperreps/ood-ggap");
  return (representation, fittedOn, zoo) =>
    values[rows.indexOf(fittedOn)]?.[columns.indexOf(`${zoo}/${representation}`)] ?? Number.NaN;
}
