import { bootstrapInterval } from "../../core/numeric/bootstrap.js";
import { meanOf } from "../../core/numeric/vectors.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import type { DescribedModels } from "./described-models.js";
import type { Selections } from "./selections.js";

export interface SelectionClaimsOptions {
  readonly rng: RandomStream;
  readonly tooSmall?: string | undefined;
}

/** Of the range of accuracies of a data set: what parts a good model from a bad one. */
const apart = 0.5;
/** Share of all pairs of models of a data set that may lie closer than close ones. */
const near = 0.01;
const rounds = 2000;

/**
 * What Section 3 of Eilertsen et al. 2024 says of its atlas, as inequalities: constant initialisers come with low
 * accuracy, the low selections are of such models, and good and bad models can lie close together.
 */
export function selectionClaims(
  { parts: { facts }, setting }: Pick<DescribedModels, "parts" | "setting">,
  { accuracy, selections, pairs }: Pick<Selections, "accuracy" | "selections" | "pairs">,
  { rng, tooSmall }: SelectionClaimsOptions,
): ScoreRow[] {
  const models = [...accuracy.keys()];
  const isConstant = models.map((place) => facts.init[place].startsWith("constant"));
  const low = new Set(
    selections.flatMap(({ performance, members }) => (performance === "low" ? members : [])),
  );
  const mixed = pairs.filter(
    ({ accuracies: [worse, better], closer }) => better - worse > apart && closer <= near,
  );
  const inPair = new Set(mixed.flatMap(({ worse, better }) => [worse, better]));
  const row = (
    claim: string,
    relation: "<" | ">",
    statistic: (sample: readonly number[]) => number,
  ): ScoreRow =>
    claimRow({
      claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
      source: "Section 3 (2024)",
      interval: bootstrapInterval(models, statistic, { rng: rng.split(claim), rounds }),
      inequality: { relation, bound: 0 },
      setting,
      ...(tooSmall ? { verdict: "undecided" as const } : {}),
    });
  const difference =
    (value: (place: number) => number, isIn: (place: number) => boolean) => (sample: readonly number[]) =>
      meanOf(sample.filter(isIn).map(value)) - meanOf(sample.filter((place) => !isIn(place)).map(value));
  return [
    row(
      "normalised accuracy of models with constant initialiser minus that of the others",
      "<",
      difference(
        (place) => accuracy[place],
        (place) => isConstant[place],
      ),
    ),
    row(
      "percent of models with constant initialiser in the selections of lowest accuracy minus that in all else",
      ">",
      difference(
        (place) => (isConstant[place] ? 100 : 0),
        (place) => low.has(place),
      ),
    ),
    row(
      "percent of models in close pairs (nearest hundredth) of which one is better by half of the range",
      ">",
      (sample) => (100 * sample.filter((place) => inPair.has(place)).length) / sample.length,
    ),
  ];
}
