import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linearSvm } from "#lib/analysis/svm/linear-svm.js";
import { readNpy } from "#lib/core/npy.js";
import type { Points } from "#lib/core/numeric/points.js";
import { accuracyScore } from "#lib/core/numeric/scores.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";

interface SvcCase {
  readonly C: number;
  readonly coef: readonly (readonly number[])[];
  readonly intercept: readonly number[];
  readonly objective: readonly number[];
  readonly acc_train: number;
  readonly acc_test: number;
}
interface Svc {
  readonly labels: readonly number[];
  readonly train_rows: readonly [number, number];
  readonly test_rows: readonly [number, number];
  readonly cases: readonly SvcCase[];
}
const { svc } = JSON.parse(readFileSync(join(folder, "ridge.json"), "utf8")) as { svc: Svc };
const { data, shape } = readNpy(join(folder, "ridge_X.npy"));

function split([from, to]: readonly [number, number]): { points: Points; labels: string[] } {
  const cols = shape[1];
  const part = (data as Float64Array).slice(from * cols, to * cols);
  return { points: { data: part, rows: to - from, cols }, labels: svc.labels.slice(from, to).map(String) };
}

describe("the linear SVM against scikit-learn's LinearSVC", () => {
  it.each(svc.cases.map((one) => [one.C, one] as const))("C %d", async (C, expected) => {
    const [train, test] = [split(svc.train_rows), split(svc.test_rows)];
    const svm = await linearSvm(train.points, train.labels, { C, tolerance: 1e-12 });
    expect(svm.converged).toBe(true);
    expected.objective.forEach((objective, c) => {
      expect(Math.abs(svm.objectives[c] / objective - 1)).toBeLessThan(1e-8);
      expect(Math.abs(svm.intercepts[c] - expected.intercept[c])).toBeLessThan(1e-5);
      expected.coef[c].forEach((value, j) => {
        expect(Math.abs(svm.weights[c * shape[1] + j] - value)).toBeLessThan(1e-5);
      });
    });
    expect(accuracyScore(train.labels, await svm.predict(train.points))).toBe(expected.acc_train);
    expect(accuracyScore(test.labels, await svm.predict(test.points))).toBe(expected.acc_test);
  });
});
