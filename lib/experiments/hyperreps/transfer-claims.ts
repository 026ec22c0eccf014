import { tauDifference } from "../../analysis/probes/rank-scores.js";
import type { TransferCell } from "../../analysis/probes/transfer.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { publishedTable } from "../published.js";

const source = "Table 7 (2021)";
const representations = ["W", "sW", "Ec+D"];

/**
 * What Table 7 shows: in each column the estimator fitted on that zoo ranks best (by the representation whose tau is the
 * largest off the diagonal), and Ec+D is best, ties counted, in most cells.
 */
export function transferClaims(
  cells: readonly TransferCell[],
  zoos: readonly string[],
  setting: string,
  tooSmall: string | undefined,
  rng: RandomStream,
): ScoreRow[] {
  const gaps = cells.filter(({ target }) => target === "ggap");
  const judged = (claim: string, interval: Interval, bound: number, published?: number) =>
    claimRow({
      claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
      source,
      interval,
      inequality: { relation: bound === 0 ? ">" : ">=", bound },
      setting,
      ...(published === undefined ? {} : { published: Number(published.toFixed(3)) }),
      ...(tooSmall ? { verdict: "undecided" as const } : {}),
    });
  const find = (representation: string, fittedOn: string, zoo: string) =>
    gaps.find(
      (cell) => cell.representation === representation && cell.fittedOn === fittedOn && cell.zoo === zoo,
    )!;
  const columns = zoos.flatMap((zoo) =>
    representations.flatMap((representation) => {
      const others = zoos.filter((other) => other !== zoo);
      if (others.length === 0) return [];
      const own = find(representation, zoo, zoo);
      const strongest = others
        .map((other) => find(representation, other, zoo))
        .reduce((best, cell) => (cell.interval.value > best.interval.value ? cell : best));
      const claim = `${zoo}, ${representation}: tau of the gap, fitted on the zoo itself minus the best of the others`;
      const difference = tauDifference(own, strongest, {
        rng: rng.split(zoo, representation),
        rounds: 1000,
      });
      return [judged(claim, difference, 0, publishedAdvantage(zoo, representation, others))];
    }),
  );
  const share = bestShare(zoos, (name, fittedOn, zoo) => find(name, fittedOn, zoo).interval.value);
  const exact = { value: share, low: share, high: share };
  const claim = `share of ${zoos.length ** 2} cells in which Ec+D is best, ties at two decimals counted`;
  return [...columns, judged(claim, exact, 0.5, bestShare(zoos, publishedTau))];
}

/** Share of the cells in which Ec+D's tau, as printed, is no smaller than W's and sW's. */
function bestShare(
  zoos: readonly string[],
  tau: (representation: string, fittedOn: string, zoo: string) => number,
): number {
  const printed = (...cell: Parameters<typeof tau>) => Math.round(100 * tau(...cell));
  const pairs = zoos.flatMap((fittedOn) => zoos.map((zoo) => [fittedOn, zoo] as const));
  const isBest = ([fittedOn, zoo]: (typeof pairs)[number]) =>
    representations.every((name) => printed("Ec+D", fittedOn, zoo) >= printed(name, fittedOn, zoo));
  return pairs.filter(isBest).length / pairs.length;
}

function publishedTau(representation: string, fittedOn: string, zoo: string): number {
  const { rows, columns, values } = publishedTable("hyperreps/ood-ggap");
  return values[rows.indexOf(fittedOn)][columns.indexOf(`${zoo}/${representation}`)]!;
}

function publishedAdvantage(zoo: string, representation: string, others: readonly string[]): number {
  const best = Math.max(...others.map((other) => publishedTau(representation, other, zoo)));
  return publishedTau(representation, zoo, zoo) - best;
}
