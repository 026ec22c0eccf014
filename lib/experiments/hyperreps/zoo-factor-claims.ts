import { varianceDifference } from "../../analysis/zoo-variance.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import {
  type FactorScores,
  factorLosses,
  factorReconstructions,
  factorScores,
  printedLoss,
  printedMean,
  printedMeasure,
} from "./factor-zoo.js";
import { silhouetteDifference } from "./init-clusters.js";
import { seedDifference, zooDifference } from "./scores.js";

const source = "Table 4 (2021)";
const words: Readonly<Record<string, string>> = { eph: "epoch", acc: "accuracy", ggap: "gap" };

/** Something that is said to be above 0. */
interface Comparison {
  readonly claim: string;
  readonly interval: Interval;
  readonly published?: number | undefined;
}

/**
 * What the paper reads from Table 4 and Figure 4: with shared seeds weights tell the initialiser, vary less within
 * groups and cluster by initialiser and activation; random seeds lower every score of the weights and make
 * reconstruction harder, and E's accuracy and gap fall with one seed a setting and rise with five; E beats weights and
 * statistics where hyper-parameters vary. Claims on what a zoo does not hold are left out.
 *
 * Intervals resample the models (of two zoos each for itself), the seeds of the trainings, and the embeddings of UMAP.
 * No interval holds the chance of the zoos' own seeds.
 */
export function factorClaims(
  zoos: readonly FactorScores[],
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
      ...(published === undefined ? {} : { published: Number(published.toFixed(3)) }),
      ...(tooSmall ? { verdict: "undecided" as const } : {}),
    }),
  );
}

/** Fixed seeds against drawn ones. */
function seedComparisons(
  fixed: FactorScores,
  drawn: FactorScores,
  count: string,
  rng: RandomStream,
): Comparison[] {
  const seeds = count === "1" ? "one seed" : "five seeds";
  const numeric = ["eph", "acc", "ggap"];
  const fromWeights = (targets: readonly string[], words: string) =>
    zooComparison(
      `${seeds}: ${words} read from W, fixed minus drawn`,
      { zoo: fixed, representation: "W" },
      { zoo: drawn, representation: "W" },
      targets,
      rng,
    );
  return [
    ...fromWeights(["init"], "initialisation"),
    ...fromWeights(numeric, "epoch, accuracy and gap"),
    ...numeric.flatMap((target) => fromWeights([target], words[target])),
    ...learnedComparisons(fixed, drawn, count, rng.split("learned")),
    ...reconstructionComparison(fixed, drawn, seeds, rng.split("rec")),
    {
      claim: `${seeds}: variance within groups of equal initialisation and activation, drawn minus fixed`,
      interval: varianceDifference(drawn.variance, fixed.variance, "within", { rng: rng.split("variance") }),
      published: difference(printedMeasure(drawn.name, "VARc"), printedMeasure(fixed.name, "VARc")),
    },
    ...clusterComparisons(fixed, drawn, seeds, rng.split("silhouette")),
  ];
}

interface Side {
  readonly zoo: FactorScores;
  readonly representation: string;
}

/** Mean score of some targets of one zoo minus that of another; nothing where one of them has no such scores. */
function zooComparison(
  claim: string,
  higher: Side,
  lower: Side,
  targets: readonly string[],
  rng: RandomStream,
): Comparison[] {
  const [above, below] = [higher, lower].map((side) => factorScores(side.zoo, side.representation, targets));
  const [published, other] = [higher, lower].map((side) =>
    printedMean(side.zoo.name, side.representation, targets),
  );
  if (!above || !below) return [];
  const interval = zooDifference(above, below, rng.split(claim));
  return [{ claim, interval, published: difference(published, other) }];
}

/** E, by the losses that the paper prints: its accuracy and gap fall from fixed to drawn seeds with one, and rise with five. */
function learnedComparisons(
  fixed: FactorScores,
  drawn: FactorScores,
  count: string,
  rng: RandomStream,
): Comparison[] {
  const [ofFixed, ofDrawn] = [fixed, drawn].map(
    (zoo): Side => ({ zoo, representation: printedLoss(zoo.name)! }),
  );
  const isOne = count === "1";
  const [higher, lower] = isOne ? [ofFixed, ofDrawn] : [ofDrawn, ofFixed];
  const [seeds, order] = isOne ? ["one seed", "fixed minus drawn"] : ["five seeds", "drawn minus fixed"];
  const losses = [...new Set([higher.representation, lower.representation])].join(" and ");
  return ["acc", "ggap"].flatMap((target) =>
    zooComparison(
      `${seeds}: ${words[target]} read from E (${losses}), ${order}`,
      higher,
      lower,
      [target],
      rng,
    ),
  );
}

function reconstructionComparison(
  fixed: FactorScores,
  drawn: FactorScores,
  seeds: string,
  rng: RandomStream,
): Comparison[] {
  const [above, below] = [fixed, drawn].map((zoo) => factorReconstructions(zoo, "Ec+D"));
  if (!above || !below) return [];
  return [
    {
      claim: `${seeds}: test reconstruction by Ec+D, fixed minus drawn`,
      interval: zooDifference(above, below, rng),
      published: difference(printedMeasure(fixed.name, "Rtes"), printedMeasure(drawn.name, "Rtes")),
    },
  ];
}

/** That fixed seeds part in UMAP, and do so more than drawn ones; the paper shows pictures and no numbers. */
function clusterComparisons(
  { clusters: fixed }: FactorScores,
  { clusters: drawn }: FactorScores,
  seeds: string,
  rng: RandomStream,
): Comparison[] {
  const kinds = { byInit: "initialisation", byInitAndActivation: "initialisation and activation" } as const;
  return (["byInit", "byInitAndActivation"] as const).flatMap((kind) => {
    const claim = `${seeds}: silhouette by ${kinds[kind]} in UMAP`;
    return [
      ...(fixed ? [{ claim: `${claim}, fixed`, interval: fixed[kind].silhouette }] : []),
      ...(fixed && drawn
        ? [
            {
              claim: `${claim}, fixed minus drawn`,
              interval: silhouetteDifference(fixed[kind], drawn[kind], rng.split(kind)),
            },
          ]
        : []),
    ];
  });
}

/**
 * E against weights and layer statistics on one zoo: by the loss that the paper prints for it, by both where it lacks
 * the zoo.
 */
function readingComparisons(zoo: FactorScores, rng: RandomStream): Comparison[] {
  const own = printedLoss(zoo.name);
  const losses = own ? [own] : factorLosses;
  return losses.flatMap((loss) =>
    ["W", "sW"].flatMap((other) =>
      ["acc", "ggap"].flatMap((target) => {
        const [above, below] = [loss, other].map((name) => factorScores(zoo, name, [target]));
        if (!above || !below) return [];
        return [
          {
            claim: `${zoo.name}: ${loss} minus ${other}, ${words[target]}`,
            interval: seedDifference(above, below, rng.split(loss, other, target)),
            published: difference(
              printedMean(zoo.name, loss, [target]),
              printedMean(zoo.name, other, [target]),
            ),
          },
        ];
      }),
    ),
  );
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}
