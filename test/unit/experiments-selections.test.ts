import { describe, expect, test } from "vitest";
import { type Matrix, matrix } from "#lib/core/matrix.js";
import { kMeans } from "#lib/core/numeric/k-means.js";
import { RandomStream } from "#lib/core/random.js";
import {
  closePairTable,
  type DescribedModels,
  normalisedAccuracy,
  runSelections,
  selectionClaims,
  selectionTable,
  settingAxes,
  type Untangling,
} from "#lib/experiments/index.js";
import { closePairs } from "#lib/experiments/miwd/close-pairs.js";

const rng = () => RandomStream.fromSeed(6);

/** Eight clouds of ten points each on a line, a hundred apart. */
function clouds(): Matrix {
  const stream = RandomStream.fromSeed(2);
  const data = Float32Array.from({ length: 160 }, (_, p) =>
    p % 2 === 0 ? 100 * Math.floor(p / 20) + stream.normal() : stream.normal(),
  );
  return matrix(80, 2, data);
}

describe("k-means", () => {
  test("finds clouds, the same from the same stream", () => {
    const { labels, inertia } = kMeans(clouds(), 8, rng());
    for (let cloud = 0; cloud < 8; cloud++) {
      expect(new Set(labels.slice(10 * cloud, 10 * cloud + 10)).size).toBe(1);
    }
    expect(new Set(labels).size).toBe(8);
    expect(inertia).toBeLessThan(400);
    expect(kMeans(clouds(), 8, rng()).labels).toEqual(labels);
  });

  test("leaves no cluster empty, and refuses more clusters than there are different points", () => {
    const points = matrix(5, 1, Float32Array.of(0, 0, 0, 1, 2));
    expect(new Set(kMeans(points, 3, rng()).labels)).toEqual(new Set([0, 1, 2]));
    expect(() => kMeans(points, 4, rng())).toThrow(/4 clusters of 3 different points/);
    expect(() => kMeans(points, 0, rng())).toThrow(/from 1 to 3/);
    const missing = matrix(2, 1, Float32Array.of(0, Number.NaN));
    expect(() => kMeans(missing, 1, rng())).toThrow(expect.objectContaining({ code: "points/not-finite" }));
  });
});

test("accuracies are normalised for each data set", () => {
  const facts = {
    dataset: ["a", "a", "a", "b", "b", "c"],
    test_accuracy: Float64Array.of(0.2, 0.6, 1, 0.1, 0.3, 0.5),
  };
  expect([...normalisedAccuracy(facts)].map((value) => Number(value.toFixed(6)))).toEqual([
    0, 0.5, 1, 0, 1, 0,
  ]);
});

test("close pairs are of one data set, near each other, and far apart in accuracy", () => {
  const descriptors = matrix(8, 1, Float32Array.of(0, 0.1, 5, 9, 20, 30, 40, 0.05));
  const datasets = ["a", "a", "a", "a", "a", "a", "a", "b"];
  const accuracy = Float64Array.of(0, 1, 0.5, 0.5, 0.4, 0.4, 0.4, 0);
  const [first, ...others] = closePairs(descriptors, datasets, accuracy);
  expect(first).toMatchObject({ worse: 0, better: 1, accuracies: [0, 1], closer: 0 });
  expect(first.distance).toBeCloseTo(0.1, 6);
  for (const { worse, better } of others) {
    expect([worse, better]).not.toContain(7);
    expect([worse, better]).not.toContain(0);
  }
});

describe("selections", () => {
  const points = clouds();
  const cloud = (place: number) => Math.floor(place / 10);
  const words = (of: (place: number) => string) => Array.from({ length: 80 }, (_, place) => of(place));
  const facts = {
    dataset: words((place) => (place % 2 ? "a" : "b")),
    test_accuracy: Float64Array.from({ length: 80 }, (_, place) => cloud(place) / 7),
    optimizer: words(() => "adam"),
    activation: words((place) => (place % 10 < 7 ? "relu" : "tanh")),
    init: words((place) => `init ${cloud(place)}`),
    batch_size: Int32Array.from({ length: 80 }, (_, place) => (place % 2 ? 8 : 16)),
    model: Int32Array.from({ length: 80 }, (_, place) => 4 * place),
    learning_rate: new Float64Array(80).fill(0.1),
  };
  const descriptors = matrix(
    80,
    4,
    Float32Array.from({ length: 320 }, (_, p) => Math.floor(p / 4) % 2),
  );
  const represented = [{ kind: "MI-WD", size: 4, name: "MI-WD 4", points: descriptors }];
  const untangling = { parts: { facts }, representations: represented } as unknown as Untangling;

  test("are clusters of low, medium and high accuracy, with what their models share", async () => {
    const { selections, points: plane } = await runSelections(untangling, {
      clusters: 8,
      rng: rng(),
      points,
    });
    expect(plane).toEqual(points);
    expect(
      selections.map(({ name, performance, members }) => [name, performance, cloud(members[0])]),
    ).toEqual([
      ["A", "low", 0],
      ["B", "low", 1],
      ["C", "medium", 4],
      ["D", "high", 5],
      ["E", "high", 6],
      ["F", "high", 7],
    ]);
    const [first] = selections;
    expect(first.members).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(first.commonest.activation).toEqual({ value: "relu", share: 0.7 });
    expect(first.commonest.initialiser).toEqual({ value: "init 0", share: 1 });
    expect([...first.mean]).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect([...first.deviation]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  test("are told by tables, and by axes that have the ends of the whole library", async () => {
    const found = await runSelections(untangling, { clusters: 8, rng: rng(), points });
    expect(selectionTable(found)[0]).toMatchObject({ selection: "A", models: 10, activation: "relu (70 %)" });
    const axes = settingAxes(untangling, found.accuracy, found.selections[5].members);
    expect(axes.map(({ name }) => name).slice(-2)).toEqual(["learning rate", "accuracy"]);
    expect(axes.find(({ name }) => name === "batch size")?.values).toEqual(["8", "16"]);
    expect(axes.find(({ name }) => name === "initialiser")?.values).toHaveLength(8);
    expect(axes.at(-1)?.values).toEqual([0, 1]);
    const pairs = closePairTable(untangling, found, 3);
    expect(pairs).toHaveLength(3);
    expect(pairs[0]["worse model"]).toMatch(/^\d+: [ab], adam, (relu|tanh), init \d$/);
  });

  test("are judged: constant initialisers, the low ones, and pairs of good and bad", async () => {
    const constant = { ...facts, init: words((place) => (cloud(place) < 2 ? "constant" : "normal")) };
    const described = { parts: { facts: constant }, representations: represented, setting: "clouds" };
    const given = described as unknown as DescribedModels;
    const found = await runSelections(given, { clusters: 8, rng: rng(), points });
    const rows = selectionClaims(given, found, { rng: rng() });
    expect(rows.map(({ verdict }) => verdict)).toEqual(["holds", "holds", "holds"]);
    // Clouds 0 and 1 against 2 to 7: means of 1/14 and 9/14.
    expect(rows[0].ours).toBeCloseTo(1 / 14 - 9 / 14, 5);
    expect(rows[1].ours).toBe(100);
    const apart = { ...found, pairs: found.pairs.map((pair) => ({ ...pair, closer: 0.5 })) };
    expect(selectionClaims(given, apart, { rng: rng() })[2]).toMatchObject({ ours: 0, verdict: "fails" });
    const small = selectionClaims(given, found, { rng: rng(), tooSmall: "too small to judge" });
    expect(small.every(({ claim, verdict }) => verdict === "undecided" && claim.includes("too small"))).toBe(
      true,
    );
  });

  test.each([1, 2, 3, 4, 5])("take each of %i clusters once", async (count) => {
    const { selections } = await runSelections(untangling, { clusters: count, rng: rng(), points });
    expect(selections).toHaveLength(count);
    const members = selections.flatMap((selection) => selection.members);
    expect(new Set(members).size).toBe(80);
    expect(members).toHaveLength(80);
  });
});
