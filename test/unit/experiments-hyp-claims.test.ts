import { describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { hypClaims } from "#lib/experiments/hyperreps/hyp-zoo-claims.js";
import { smallestDifference } from "#lib/experiments/hyperreps/scores.js";
import { type HypZooScores, hypZooTargets, publishedTable, seedDifference } from "#lib/experiments/index.js";
import { madeCell, madeProbes, type Percents, scoredAs } from "../helpers/made-scores.js";

const rng = () => RandomStream.fromSeed(6);
const targets = Object.keys(hypZooTargets);
const ofAll = (percent: number, changes: Percents = {}): Percents => ({
  ...Object.fromEntries(targets.map((target) => [target, percent])),
  ...changes,
});

function zoo(percents: { W: Percents; sW: Percents; EcD: Percents }, name = "MNIST-HYP"): HypZooScores {
  return {
    name,
    baselines: madeProbes({ W: percents.W, sW: percents.sW }),
    learned: madeCell("EcD", [percents.EcD]),
  };
}

/** Verdicts by what is said, without the zoo's name and the inequality. */
function verdicts(scores: HypZooScores): Record<string, string> {
  const rows = hypClaims([scores], "here", undefined, rng());
  return Object.fromEntries(
    rows.map(({ claim, verdict }) => [claim.replace(/^.*?: /, "").replace(" (> 0)", ""), verdict]),
  );
}

const asPublished = zoo({
  W: ofAll(40, { init: 90, opt: 90 }),
  sW: ofAll(50),
  EcD: ofAll(70),
});

describe("claims on Table 6", () => {
  test("hold where E reads every target best but initialiser and optimiser", () => {
    expect(verdicts(asPublished)).toEqual({
      "EcD minus W, accuracy": "holds",
      "EcD minus sW, accuracy": "holds",
      "EcD minus W, mean of all but initialiser and optimiser": "holds",
      "EcD minus W, smallest of all but initialiser and optimiser": "holds",
      "EcD minus sW, mean of all targets": "holds",
      "EcD minus sW, smallest of all targets": "holds",
      "W minus EcD, initialiser and optimiser": "holds",
    });
  });

  test("fail where it is the other way round, each for itself", () => {
    const reversed = zoo({ W: ofAll(60, { init: 10, opt: 10 }), sW: ofAll(60), EcD: ofAll(30) });
    expect(new Set(Object.values(verdicts(reversed)))).toEqual(new Set(["fails"]));
    const only = zoo({ W: ofAll(40, { init: 90, opt: 90 }), sW: ofAll(50), EcD: ofAll(70, { acc: 30 }) });
    expect(verdicts(only)).toMatchObject({
      "EcD minus W, accuracy": "fails",
      "EcD minus sW, accuracy": "fails",
      "W minus EcD, initialiser and optimiser": "holds",
    });
  });

  test("on all targets fail for one target that the mean does not show", () => {
    const one = zoo({ W: ofAll(40), sW: ofAll(50), EcD: ofAll(90, { drop: 20 }) });
    expect(verdicts(one)).toMatchObject({
      "EcD minus W, mean of all but initialiser and optimiser": "holds",
      "EcD minus W, smallest of all but initialiser and optimiser": "fails",
      "EcD minus sW, mean of all targets": "holds",
      "EcD minus sW, smallest of all targets": "fails",
    });
    const initialiser = zoo({ W: ofAll(40), sW: ofAll(50), EcD: ofAll(90, { init: 20 }) });
    expect(verdicts(initialiser)).toMatchObject({
      "EcD minus W, smallest of all but initialiser and optimiser": "holds",
      "EcD minus sW, smallest of all targets": "fails",
    });
  });

  test("carry the printed numbers: of the smallest difference its own", () => {
    const rows = hypClaims([asPublished], "here", undefined, rng());
    const published = (words: string) => rows.find(({ claim }) => claim.includes(words))!.published;
    expect(published("EcD minus sW, accuracy")).toBeCloseTo(94.9 - 81.5, 6);
    const { rows: names, columns, values } = publishedTable("hyperreps/hyp-zoos");
    const differences = names.map(
      (_, r) => values[r][columns.indexOf("MNIST-HYP/EcD")]! - values[r][columns.indexOf("MNIST-HYP/sW")]!,
    );
    expect(published("smallest of all targets")).toBeCloseTo(Math.min(...differences), 6);
    const own = hypClaims([{ ...asPublished, name: "STROKES-HYP" }], "here", undefined, rng());
    expect(own.map((row) => row.published)).toEqual(own.map(() => null));
  });

  test("name targets that cannot be read, and say nothing of none", () => {
    const few = (percent: number): Percents => ({ eph: percent, acc: percent });
    const small = { ...zoo({ W: few(40), sW: few(50), EcD: few(70) }) };
    expect(Object.keys(verdicts(small))).toEqual([
      "EcD minus W, accuracy",
      "EcD minus sW, accuracy",
      "EcD minus W, mean of all but initialiser and optimiser without ggap, lr, l2, drop, tf, act",
      "EcD minus W, smallest of all but initialiser and optimiser without ggap, lr, l2, drop, tf, act",
      "EcD minus sW, mean of all targets without ggap, lr, l2, drop, tf, act, init, opt",
      "EcD minus sW, smallest of all targets without ggap, lr, l2, drop, tf, act, init, opt",
    ]);
    expect(verdicts(zoo({ W: {}, sW: {}, EcD: {} }))).toEqual({});
  });

  test("are undecided in a run that is too small", () => {
    const rows = hypClaims([asPublished], "here", "too small to judge", rng());
    expect(rows.every(({ verdict, claim }) => verdict === "undecided" && claim.includes("too small"))).toBe(
      true,
    );
  });
});

describe("the smallest of several differences", () => {
  const pair = (a: number, b: number, name: string) => ({
    a: [[scoredAs(a, `a ${name}`)]],
    b: [[scoredAs(b, `b ${name}`)]],
  });

  test("is that of the worst pair; of one pair it is its difference", () => {
    const found = smallestDifference([pair(80, 50, "x"), pair(60, 50, "y"), pair(90, 50, "z")], rng());
    expect(found.value).toBeCloseTo(10, 9);
    const { a, b } = pair(60, 50, "y");
    expect(smallestDifference([{ a, b }], rng())).toEqual(seedDifference(a, b, rng()));
  });

  test("is taken anew in every resample: of pairs that are equal it lies below each of them", () => {
    const pairs = Array.from({ length: 8 }, (_, i) => pair(50, 50, `${i}`));
    const smallest = smallestDifference(pairs, rng());
    for (const { a, b } of pairs) {
      const { low, high } = seedDifference(a, b, rng());
      expect(smallest.low).toBeLessThanOrEqual(low);
      expect(smallest.high).toBeLessThan(high);
    }
  });

  test("draws the seeds of all pairs alike", () => {
    // Seed 0 is good at x, seed 1 at y, by as much: whichever is drawn, one of the two is bad.
    const seeds = (of: readonly number[], name: string) => of.map((percent) => [scoredAs(percent, name)]);
    const b = [[scoredAs(50, "b")]];
    const pairs = [
      { a: seeds([80, 20], "x"), b },
      { a: seeds([20, 80], "y"), b },
    ];
    const { value, low, high } = smallestDifference(pairs, rng());
    expect(value).toBeCloseTo(0, 6);
    expect(low).toBeLessThan(-25);
    // Drawn for themselves both could be good.
    expect(high).toBeLessThan(10);
  });

  test("is refused without pairs, and for pairs of other trainings", () => {
    const refusal = expect.objectContaining({ name: "SpecError", code: "probe/cells" });
    expect(() => smallestDifference([], rng())).toThrow(refusal);
    const { a, b } = pair(60, 50, "y");
    expect(() =>
      smallestDifference(
        [
          { a, b },
          { a: [...a, ...a], b },
        ],
        rng(),
      ),
    ).toThrow(refusal);
  });
});
