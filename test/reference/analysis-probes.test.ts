import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ridgeProbe } from "#lib/analysis/probes/ridge.js";
import { readNpy } from "#lib/core/npy.js";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import type { Points } from "#lib/core/numeric/points.js";
import { r2Score } from "#lib/core/numeric/scores.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";

interface RidgeCase {
  alpha: number;
  intercept: number | number[];
  coef: number[] | number[][];
  r2_train: number[];
  r2_test: number[];
}
interface RidgeSet {
  train_rows: [number, number];
  test_rows: [number, number];
  cases: RidgeCase[];
}
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const expected = read("ridge.json") as { tall: RidgeSet; wide: RidgeSet };

function array(name: string): Points {
  const { data, shape } = readNpy(join(folder, name));
  return { data: data as Float64Array, rows: shape[0], cols: shape[1] ?? 1 };
}

function rowsOf({ data, cols }: Points, [from, to]: [number, number]): Points {
  return { data: data.slice(from * cols, to * cols) as Float64Array, rows: to - from, cols };
}

async function fitted(set: RidgeSet, x: Points, y: Points, alpha: number) {
  const [train, test] = [rowsOf(x, set.train_rows), rowsOf(x, set.test_rows)];
  const targets = Array.from({ length: y.cols }, (_, t) => {
    const column = ([from, to]: [number, number]) =>
      Float64Array.from({ length: to - from }, (_value, i) => y.data[(from + i) * y.cols + t]);
    const values = { train: column(set.train_rows), test: column(set.test_rows) };
    return { name: `target ${t}`, values: { ...values, validation: values.train } };
  });
  return ridgeProbe({ train, validation: train, test }, targets, { alphas: [alpha] });
}

describe.each(["tall", "wide"] as const)("ridge regression against scikit-learn, %s", (kind) => {
  const set = expected[kind];
  const [x, y] =
    kind === "tall"
      ? [array("ridge_X.npy"), array("ridge_Y.npy")]
      : [array("ridge_wide_X.npy"), array("ridge_wide_y.npy")];

  it.each(set.cases.map((one) => [one.alpha, one] as const))("alpha %d", async (alpha, reference) => {
    const probes = await fitted(set, x, y, alpha);
    const tolerance = kind === "wide" && alpha === 0.001 ? 1e-8 : 1e-9;
    probes.forEach((probe, t) => {
      expect(Math.abs(probe.validationScore - reference.r2_train[t])).toBeLessThan(tolerance);
      expect(Math.abs(probe.testScore - reference.r2_test[t])).toBeLessThan(tolerance);
      const coefficients = (kind === "tall" ? reference.coef[t] : reference.coef) as number[];
      coefficients.forEach((value, j) => {
        expect(Math.abs(probe.coefficients[j] - value)).toBeLessThan(1e-9);
      });
      expect(Math.abs(probe.intercept - [reference.intercept].flat()[t])).toBeLessThan(1e-9);
    });
  });
});

it("R2 of the reference's own coefficients", () => {
  const { cases, test_rows } = expected.tall;
  const x = rowsOf(array("ridge_X.npy"), test_rows);
  const y = rowsOf(array("ridge_Y.npy"), test_rows);
  for (const { coef, intercept, r2_test } of cases) {
    r2_test.forEach((score, t) => {
      const weights = coef[t] as number[];
      const truth = Array.from({ length: y.rows }, (_, i) => y.data[i * y.cols + t]);
      const predicted = truth.map((_, i) =>
        weights.reduce((sum, w, j) => sum + w * x.data[i * x.cols + j], (intercept as number[])[t]),
      );
      expect(Math.abs(r2Score(truth, predicted) - score)).toBeLessThan(1e-9);
    });
  }
});

describe("Kendall's tau-b against scipy", () => {
  const cases = Object.entries(
    read("kendalltau.json") as Record<string, { x: number[]; y: number[]; tau_b: number | null }>,
  ).filter(([, one]) => one.x);

  it("has the ten cases", () => {
    expect(cases).toHaveLength(10);
  });

  it.each(cases)("%s", (_, { x, y, tau_b }) => {
    if (tau_b === null) expect(kendallTau(x, y)).toBeNaN();
    else expect(Math.abs(kendallTau(x, y) - tau_b)).toBeLessThan(1e-14);
  });
});
