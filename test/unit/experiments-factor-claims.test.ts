import { beforeAll, describe, expect, test } from "vitest";
import { type ZooVariance, zooVariance } from "#lib/analysis/index.js";
import { bootstrapInterval } from "#lib/core/numeric/bootstrap.js";
import { RandomStream } from "#lib/core/random.js";
import type { FactorScores } from "#lib/experiments/hyperreps/factor-zoo.js";
import type { InitClusters, Separation } from "#lib/experiments/hyperreps/init-clusters.js";
import { factorClaims } from "#lib/experiments/hyperreps/zoo-factor-claims.js";
import { madeCell, madeProbes, type Percents } from "../helpers/made-scores.js";
import { madeZoo } from "../helpers/made-zoo.js";

const rng = () => RandomStream.fromSeed(7);
const targets = ["eph", "acc", "ggap", "init"];
const ofAll = (percent: number, changes: Percents = {}): Percents => ({
  ...Object.fromEntries(targets.map((target) => [target, percent])),
  ...changes,
});

/** How far apart the groups lie in three embeddings of 30 models. */
function separation(silhouette: number, name: string): Separation {
  const stream = RandomStream.fromSeed(2).split(name);
  const byModel = [0, 1, 2].map(() => Array.from({ length: 30 }, () => silhouette + stream.normal(0, 0.05)));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value / values.length, 0);
  return { byModel, silhouette: bootstrapInterval(byModel.flat(), mean, { rng: rng() }) };
}

/** What a zoo scores. */
interface Made {
  readonly W?: Percents;
  readonly sW?: Percents;
  readonly EcD?: Percents;
  readonly "Ec+D"?: Percents;
  readonly rec?: number;
  readonly variance?: ZooVariance;
  readonly silhouettes?: readonly [init: number, both: number];
}

let tight: ZooVariance;
let wide: ZooVariance;
beforeAll(async () => {
  const stream = RandomStream.fromSeed(3);
  const zoo = (deviation: number) =>
    madeZoo(
      Array.from({ length: 30 }, (_, i) => ({
        rows: [0, 1].map(() => [0, 1, 2].map(() => stream.normal(0, deviation))),
        init: i % 2 ? "normal" : "uniform",
      })),
    );
  tight = await zooVariance(await zoo(0.5));
  wide = await zooVariance(await zoo(1));
});

function zoo(name: string, made: Made = {}): FactorScores {
  const { rec = 50, variance = tight, silhouettes } = made;
  const clusters = silhouettes && {
    byInit: separation(silhouettes[0], `${name} init`),
    byInitAndActivation: separation(silhouettes[1], `${name} both`),
  };
  return {
    name,
    baselines: madeProbes({ W: made.W ?? ofAll(50), sW: made.sW ?? ofAll(50) }, name),
    cells: [
      madeCell("EcD", [made.EcD ?? ofAll(50)], rec, name),
      madeCell("Ec+D", [made["Ec+D"] ?? ofAll(50)], rec, name),
    ],
    variance,
    ...(clusters ? { clusters: clusters as InitClusters } : {}),
  };
}

const fix = (count: 1 | 5, made: Made = {}) => zoo(`MNIST-HYP-${count}-FIX-SEED`, made);
const rand = (count: 1 | 5, made: Made = {}) => zoo(`MNIST-HYP-${count}-RAND-SEED`, made);

/** Verdicts by what is said, without the inequality. */
function verdicts(zoos: readonly FactorScores[], start: string): Record<string, string> {
  const rows = factorClaims(zoos, "here", undefined, rng()).filter(({ claim }) => claim.startsWith(start));
  return Object.fromEntries(
    rows.map(({ claim, verdict }) => [claim.slice(start.length + 2).replace(" (> 0)", ""), verdict]),
  );
}

/** The claims on one seed a setting, by what they are about. */
const ofOneSeed = [
  "initialisation read from W, fixed minus drawn",
  "epoch, accuracy and gap read from W, fixed minus drawn",
  "epoch read from W, fixed minus drawn",
  "accuracy read from W, fixed minus drawn",
  "gap read from W, fixed minus drawn",
  "accuracy read from E (EcD and Ec+D), fixed minus drawn",
  "gap read from E (EcD and Ec+D), fixed minus drawn",
  "test reconstruction by Ec+D, fixed minus drawn",
  "variance within groups of equal initialisation and activation, drawn minus fixed",
  "silhouette by initialisation in UMAP, fixed",
  "silhouette by initialisation in UMAP, fixed minus drawn",
  "silhouette by initialisation and activation in UMAP, fixed",
  "silhouette by initialisation and activation in UMAP, fixed minus drawn",
];
const all = (verdict: string) => Object.fromEntries(ofOneSeed.map((claim) => [claim, verdict]));

describe("claims on seeds", () => {
  const high = () => ({ W: ofAll(80), EcD: ofAll(80), rec: 80, silhouettes: [0.5, 0.5] }) as const;
  const low = () => ({ W: ofAll(20), "Ec+D": ofAll(20), rec: 20, silhouettes: [-0.5, -0.5] }) as const;

  test("hold where fixed seeds score higher, vary less within groups and part", () => {
    const zoos = [fix(1, { ...high(), variance: tight }), rand(1, { ...low(), variance: wide })];
    expect(verdicts(zoos, "one seed")).toEqual(all("holds"));
  });

  test("fail where drawn seeds do", () => {
    const zoos = [
      fix(1, { ...low(), EcD: ofAll(20), variance: wide }),
      rand(1, { ...high(), "Ec+D": ofAll(80), variance: tight }),
    ];
    expect(verdicts(zoos, "one seed")).toEqual(all("fails"));
  });

  test("are about each target, and the mean hides none", () => {
    const zoos = [fix(1, { W: ofAll(80, { ggap: 20 }) }), rand(1, { W: ofAll(40, { init: 90 }) })];
    expect(verdicts(zoos, "one seed")).toMatchObject({
      "initialisation read from W, fixed minus drawn": "fails",
      "epoch, accuracy and gap read from W, fixed minus drawn": "holds",
      "epoch read from W, fixed minus drawn": "holds",
      "accuracy read from W, fixed minus drawn": "holds",
      "gap read from W, fixed minus drawn": "fails",
    });
  });

  test("take the losses that the paper prints: with five seeds E's accuracy and gap rise", () => {
    const rising = [fix(5, { EcD: ofAll(40), "Ec+D": ofAll(95) }), rand(5, { EcD: ofAll(60) })];
    const accuracy = "accuracy read from E (EcD), drawn minus fixed";
    const gap = "gap read from E (EcD), drawn minus fixed";
    expect(verdicts(rising, "five seeds")).toMatchObject({ [accuracy]: "holds", [gap]: "holds" });
    const falling = [fix(5, { EcD: ofAll(60) }), rand(5, { EcD: ofAll(60, { acc: 40, ggap: 60 }) })];
    const found = verdicts(falling, "five seeds");
    expect(found[accuracy]).toBe("fails");
    expect(found[gap]).toBe("undecided");
  });

  test("on clusters tell apart that fixed seeds part and that they part more than drawn ones", () => {
    const zoos = [fix(1, { silhouettes: [0.2, -0.2] }), rand(1, { silhouettes: [0.4, -0.4] })];
    expect(verdicts(zoos, "one seed")).toMatchObject({
      "silhouette by initialisation in UMAP, fixed": "holds",
      "silhouette by initialisation in UMAP, fixed minus drawn": "fails",
      "silhouette by initialisation and activation in UMAP, fixed": "fails",
      "silhouette by initialisation and activation in UMAP, fixed minus drawn": "holds",
    });
  });

  test("carry the printed differences", () => {
    const rows = factorClaims([fix(1), rand(1), fix(5), rand(5)], "here", undefined, rng());
    const published = (start: string) => rows.find(({ claim }) => claim.startsWith(start))?.published;
    expect(published("one seed: epoch, accuracy and gap read from W")).toBeCloseTo((136.1 + 76) / 3, 3);
    expect(published("one seed: gap read from W")).toBeCloseTo(55.3 + 36, 6);
    expect(published("one seed: accuracy read from E")).toBeCloseTo(89.5 - 85.7, 6);
    expect(published("one seed: gap read from E")).toBeCloseTo(61.9 - 54.9, 6);
    expect(published("five seeds: accuracy read from E")).toBeCloseTo(82.5 - 79.4, 6);
    expect(published("five seeds: gap read from E")).toBeCloseTo(60.5 - 57.7, 6);
    expect(published("one seed: test reconstruction")).toBeCloseTo(72.9 - 37.2, 6);
    expect(published("one seed: variance within")).toBeCloseTo(0.164 - 0.101, 6);
    expect(published("five seeds: variance within")).toBeCloseTo(0.1 - 0.094, 6);
  });

  test("say nothing of what a zoo does not hold, and are undecided where it is too small", () => {
    const few = (percent: number) => ({ acc: percent });
    const small = { W: few(1), sW: few(1), EcD: few(1), "Ec+D": few(1) };
    expect(Object.keys(verdicts([fix(1, small), rand(1, small)], "one seed"))).toEqual([
      "accuracy read from W, fixed minus drawn",
      "accuracy read from E (EcD and Ec+D), fixed minus drawn",
      "test reconstruction by Ec+D, fixed minus drawn",
      "variance within groups of equal initialisation and activation, drawn minus fixed",
    ]);
    const rows = factorClaims([fix(1), rand(1)], "here", "too small to judge", rng());
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ verdict }) => verdict === "undecided")).toBe(true);
  });
});

describe("claims on what is read from E", () => {
  test("hold and fail zoo by zoo, by the loss that the paper prints", () => {
    const zoos = [
      fix(1, { EcD: ofAll(80), "Ec+D": ofAll(10) }),
      rand(1, { EcD: ofAll(80), "Ec+D": ofAll(10, { acc: 90 }) }),
    ];
    expect(verdicts(zoos, "MNIST-HYP-1-FIX-SEED")).toEqual({
      "EcD minus W, accuracy": "holds",
      "EcD minus W, gap": "holds",
      "EcD minus sW, accuracy": "holds",
      "EcD minus sW, gap": "holds",
    });
    expect(verdicts(zoos, "MNIST-HYP-1-RAND-SEED")).toEqual({
      "Ec+D minus W, accuracy": "holds",
      "Ec+D minus W, gap": "fails",
      "Ec+D minus sW, accuracy": "holds",
      "Ec+D minus sW, gap": "fails",
    });
  });

  test("of a zoo that the paper lacks are about both losses, without a printed number", () => {
    const rows = factorClaims([zoo("FASHION-HYP", { EcD: ofAll(80) })], "here", undefined, rng());
    expect(rows.map(({ claim, verdict, published }) => [claim.slice(13, -6), verdict, published])).toEqual([
      ["EcD minus W, accuracy", "holds", null],
      ["EcD minus W, gap", "holds", null],
      ["EcD minus sW, accuracy", "holds", null],
      ["EcD minus sW, gap", "holds", null],
      ["Ec+D minus W, accuracy", "undecided", null],
      ["Ec+D minus W, gap", "undecided", null],
      ["Ec+D minus sW, accuracy", "undecided", null],
      ["Ec+D minus sW, gap", "undecided", null],
    ]);
    expect(factorClaims([zoo("FASHION-SEED")], "here", undefined, rng())).toEqual([]);
  });
});
