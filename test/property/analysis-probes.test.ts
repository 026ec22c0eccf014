import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ridgeAlphas, ridgeProbe } from "#lib/analysis/probes/ridge.js";
import { softmaxProbe } from "#lib/analysis/probes/softmax.js";
import { kendallTau } from "#lib/core/numeric/kendall.js";
import type { Points } from "#lib/core/numeric/points.js";
import { RandomStream } from "#lib/core/random.js";

/** Tau-b by its definition, pair by pair. */
function tauByPairs(x: number[], y: number[]): number {
  let [balance, untiedX, untiedY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
      balance += a * b;
      untiedX += Math.abs(a);
      untiedY += Math.abs(b);
    }
  }
  return balance / Math.sqrt(untiedX * untiedY);
}

const pairs = (value: fc.Arbitrary<number>) => fc.array(fc.tuple(value, value), { maxLength: 80 });

describe("Kendall's tau-b", () => {
  const reals = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  it.each([
    ["many ties", pairs(fc.integer({ min: -3, max: 3 }))],
    ["few ties", pairs(reals)],
    ["zeros of both signs", pairs(fc.constantFrom(0, -0, 1))],
  ])("equals the count over all pairs: %s", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (points) => {
        const [x, y] = [points.map(([a]) => a), points.map(([, b]) => b)];
        const [own, counted] = [kendallTau(x, y), tauByPairs(x, y)];
        if (Number.isNaN(counted)) expect(own).toBeNaN();
        else expect(own).toBeCloseTo(counted, 12);
        if (!Number.isNaN(own)) expect(kendallTau(y, x)).toBeCloseTo(own, 14);
      }),
      { numRuns: 200 },
    );
  });

  it("is NaN with a NaN and with fewer than two pairs", () => {
    expect(kendallTau([1, Number.NaN, 2], [1, 2, 3])).toBeNaN();
    expect(kendallTau([1], [1])).toBeNaN();
    expect(kendallTau([], [])).toBeNaN();
  });
});

function normals(rows: number, cols: number, rng: RandomStream): Points {
  // Means and scales that differ from column to column by orders of magnitude.
  const data = Float32Array.from(
    { length: rows * cols },
    (_, p) => 3 ** ((p % cols) % 5) * (2 + rng.normal()),
  );
  return { data, rows, cols };
}

/** The gradient of |y - X w - b|^2 / 2 + alpha |w|^2 / 2, over the size of its two terms. */
function ridgeGradient(x: Points, y: Float64Array, w: Float64Array, b: number, alpha: number) {
  const gradient = w.map((value) => alpha * value);
  let sum = 0;
  let size = 0;
  for (let i = 0; i < x.rows; i++) {
    let residual = b - y[i];
    for (let j = 0; j < x.cols; j++) residual += x.data[i * x.cols + j] * w[j];
    sum += residual;
    for (let j = 0; j < x.cols; j++) {
      gradient[j] += residual * x.data[i * x.cols + j];
      size = Math.max(size, Math.abs(y[i] * x.data[i * x.cols + j]));
    }
  }
  return [sum, ...gradient].map((value) => value / (size * x.rows));
}

describe("ridge regression", () => {
  it.each([
    [60, 7],
    [7, 60],
    [20, 20],
  ])("has no gradient at its solution: %d rows of %d features", async (rows, cols) => {
    const rng = RandomStream.fromSeed(rows);
    const train = normals(rows, cols, rng);
    const y = Float64Array.from({ length: rows }, () => 100 + rng.normal());
    const values = { train: y, validation: y, test: y };
    const features = { train, validation: train, test: train };
    for (const alpha of [1e-3, 1, 1000]) {
      const [probe] = await ridgeProbe(features, [{ name: "y", values }], { alphas: [alpha] });
      const gradient = ridgeGradient(train, y, probe.coefficients, probe.intercept, alpha);
      for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-11);
    }
  });

  it("chooses for each target the penalty that is best on the validation split", async () => {
    const rng = RandomStream.fromSeed("choice");
    const features = {
      train: normals(25, 20, rng),
      validation: normals(200, 20, rng),
      test: normals(10, 20, rng),
    };
    const values = (noise: number) => {
      const of = ({ data, rows }: Points) =>
        Float64Array.from({ length: rows }, (_, i) => data[i * 20] + noise * rng.normal());
      return { train: of(features.train), validation: of(features.validation), test: of(features.test) };
    };
    const targets = [0, 20].map((noise) => ({ name: `noise ${noise}`, values: values(noise) }));
    const together = await ridgeProbe(features, targets);
    expect(together[0].alpha).toBeLessThan(together[1].alpha);
    for (const [t, target] of targets.entries()) {
      const [alone] = await ridgeProbe(features, [target], { alphas: [1e-5, 1, 1000] });
      expect(together[t].validationScore).toBeGreaterThanOrEqual(alone.validationScore - 1e-12);
    }
  });
});

/** Gradient of mean cross-entropy + l2 / 2 |W|^2, intercepts last. */
function softmaxGradient(
  x: Points,
  labels: number[],
  weights: Float64Array,
  intercepts: Float64Array,
  l2: number,
) {
  const classes = intercepts.length;
  const gradient = weights.map((value) => l2 * value);
  const ends = new Float64Array(classes);
  for (let i = 0; i < x.rows; i++) {
    const point = Array.from(x.data.subarray(i * x.cols, (i + 1) * x.cols));
    const logits = Array.from(intercepts, (b, c) =>
      point.reduce((sum, value, j) => sum + value * weights[c * x.cols + j], b),
    );
    const largest = Math.max(...logits);
    const shares = logits.map((value) => Math.exp(value - largest));
    const sum = shares.reduce((a, b) => a + b, 0);
    for (let c = 0; c < classes; c++) {
      const residual = (shares[c] / sum - (labels[i] === c ? 1 : 0)) / x.rows;
      ends[c] += residual;
      for (let j = 0; j < x.cols; j++) gradient[c * x.cols + j] += residual * point[j];
    }
  }
  return [...gradient, ...ends];
}

function labelled(rows: number, cols: number, classes: number, noise: number) {
  const rng = RandomStream.fromSeed(`${rows} ${cols}`);
  const train = normals(rows, cols, rng);
  const labels = Array.from({ length: rows }, (_, i) => {
    const row = Array.from({ length: classes }, (_c, c) => train.data[i * cols + c] / 3 ** (c % 5));
    const noisy = row.map((value) => value + noise * rng.normal());
    return noisy.indexOf(Math.max(...noisy));
  });
  const words = labels.map((label) => `class ${label}`);
  const target = { name: "class", values: { train: words, validation: words, test: words } };
  return { features: { train, validation: train, test: train }, labels, target };
}

describe("one network whose weights ran away", () => {
  // Beside its row of 1e8 the others' differences are at the edge of float64.
  const { features, labels, target } = labelled(200, 6, 3, 0.1);
  features.train.data.fill(1e8, 0, 6);
  const finite = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite);

  it("leaves a ridge regression with finite numbers and a penalty of the grid", async () => {
    const values = Float64Array.from(labels);
    const [probe] = await ridgeProbe(features, [
      { name: "label", values: { train: values, validation: values, test: values } },
    ]);
    expect(ridgeAlphas).toContain(probe.alpha);
    expect(finite(probe.coefficients) && finite(probe.predictions)).toBe(true);
    expect(Number.isFinite(probe.testScore)).toBe(true);
  });

  it("leaves a softmax with finite weights, better than the most frequent class", async () => {
    const probe = await softmaxProbe(features, target);
    expect(finite(probe.weights) && finite(probe.intercepts)).toBe(true);
    const most = Math.max(...[0, 1, 2].map((c) => labels.filter((label) => label === c).length));
    expect(probe.testScore).toBeGreaterThan(most / labels.length);
  });
});

describe("softmax regression", () => {
  it("tries no weaker penalty once one is worse on the validation split, if asked", async () => {
    const { features, target } = labelled(60, 45, 3, 1);
    // What a weak penalty learns by heart does not help here.
    const other = labelled(61, 45, 3, 1);
    const mixed = {
      features: { ...features, validation: other.features.train },
      target: { ...target, values: { ...target.values, validation: other.target.values.train } },
    };
    const penalties = [10, 1, 0.1, 1e-2, 1e-3, 1e-4];
    const scores: number[] = [];
    for (const penalty of penalties) {
      const fit = await softmaxProbe(mixed.features, mixed.target, { penalties: [penalty] });
      scores.push(fit.validationScore);
    }
    const worse = scores.findIndex((score, k) => score < Math.max(...scores.slice(0, k)));
    expect(worse).toBeGreaterThan(0);
    const best = scores.indexOf(Math.max(...scores.slice(0, worse)));
    const found = await softmaxProbe(mixed.features, mixed.target, { penalties, untilWorse: true });
    expect(found.penalty).toBe(penalties[best]);
    expect(found.validationScore).toBe(scores[best]);
  });

  it.each([
    [300, 6],
    [30, 45],
  ])("has no gradient at its optimum: %d rows of %d features", async (rows, cols) => {
    const { features, labels, target } = labelled(rows, cols, 3, 1);
    for (const l2 of [1e-3, 1]) {
      const settings = { penalties: [l2], tolerance: 1e-9, iterations: 2000 };
      const probe = await softmaxProbe(features, target, settings);
      expect(probe.converged).toBe(true);
      const gradient = softmaxGradient(features.train, labels, probe.weights, probe.intercepts, l2);
      for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-7);
    }
  });

  it("of two classes without features that tell is the classes' log odds", async () => {
    const rows = 100;
    const data = Float32Array.from({ length: rows }, (_, i) => (i % 2 ? 1 : -1));
    const train = { data, rows, cols: 1 };
    // Of each sign 15 of 50 are "a": the feature says nothing.
    const words = Array.from({ length: rows }, (_, i) => (i % 50 < 15 ? "a" : "b"));
    const even = Array.from({ length: rows }, (_, i) => words[Math.floor(i / 2)]);
    const values = { train: even, validation: even, test: even };
    const features = { train, validation: train, test: train };
    const probe = await softmaxProbe(features, { name: "word", values }, { penalties: [1e-4] });
    expect(probe.intercepts[1] - probe.intercepts[0]).toBeCloseTo(Math.log(70 / 30), 4);
    expect(probe.weights[0]).toBeCloseTo(0, 5);
    expect(probe.testScore).toBe(0.7);
  });

  it("separates what can be separated, and the published optimiser nearly", async () => {
    const { features, target } = labelled(400, 5, 3, 0);
    const probe = await softmaxProbe(features, target);
    expect(probe.testScore).toBeGreaterThan(0.99);
    const adam = { epochs: 400, batchSize: 50, rng: RandomStream.fromSeed(1) };
    const published = await softmaxProbe(features, target, { adam });
    expect(published.converged).toBeNull();
    expect(published.testScore).toBeGreaterThan(0.5);
    expect(published.testScore).toBeLessThanOrEqual(probe.testScore);
  });
});
