import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { singleLinkage } from "#lib/analysis/linkage.js";
import { scoreTrajectories } from "#lib/analysis/trajectories.js";
import { matrix } from "#lib/core/matrix.js";
import { RandomStream } from "#lib/core/random.js";
import {
  describeData,
  epochCurve,
  gapsByModels,
  layoutTable,
  missedClasses,
  momentClaims,
  momentsAtEpoch,
  nearestCheckpointClaim,
  nearPublishedClaims,
  normCurve,
  orderSensitivity,
  prefixByLongestStep,
  publishedTable,
  reorderTrajectories,
  runTrajectories,
  specTable,
  stepCurve,
  stepsAndGaps,
  type TrajectoryRun,
  trajectoryCells,
  trajectoryClaims,
  zooClaims,
  zooSetting,
} from "#lib/experiments/index.js";
import { cnnTrajectory } from "#lib/networks/index.js";
import { namedZoo, type TrainedZoo, trainZoo, type Zoo } from "#lib/zoo/index.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-experiments-"));
const rng = RandomStream.fromSeed(1);
const small = { dataset: "strokes", models: 5, epochs: 4, trainImages: 400, testImages: 100 };
let [mlp, cnn] = [] as unknown as [TrainedZoo, TrainedZoo];
let [mlpRun, cnnRun] = [] as unknown as [TrajectoryRun, TrajectoryRun];

beforeAll(async () => {
  mlp = await trainZoo(namedZoo("mlp-trajectory", "smoke", small), { folder: join(folder, "mlp") });
  cnn = await trainZoo(namedZoo("cnn-trajectory", "smoke", small), { folder: join(folder, "cnn") });
  mlpRun = await runTrajectories(mlp, { rng: rng.split("mlp") });
  cnnRun = await runTrajectories(cnn, { rng: rng.split("cnn") });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("Tables 2 and 3", () => {
  test("ours has the published tables' rows, columns and ids; spaces with too many dimensions stay empty", () => {
    for (const run of [mlpRun, cnnRun]) {
      const published = publishedTable(run.table.id);
      expect(run.table.rows).toEqual(published.rows);
      expect(run.table.columns).toEqual(published.columns);
      expect(run.table.values.map(([purity]) => purity === null)).toEqual([
        false,
        true,
        true,
        true,
        true,
        false,
        false,
      ]);
    }
    expect(cnnRun.table.id).toBe("trajectories/cnn");
    expect(cnnRun.spaces.map(({ points }) => points.cols)).toEqual([1376, 10, 5]);
  });

  test("a value lies within its bootstrap interval", () => {
    const { values, low, high } = mlpRun.table;
    values.flat().forEach((value, i) => {
      if (value === null) return;
      expect(low?.flat()[i]).toBeLessThanOrEqual(value);
      expect(high?.flat()[i]).toBeGreaterThanOrEqual(value);
    });
  });

  test("equal seeds give equal tables", async () => {
    const again = await runTrajectories(mlp, { rng: RandomStream.fromSeed(1).split("mlp") });
    expect(again.table).toEqual(mlpRun.table);
  });

  test("progress covers all parts and ends at its end", async () => {
    const shares: number[] = [];
    await runTrajectories(cnn, { rng, onProgress: ({ done, total }) => shares.push(done / total) });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  test("an unknown option is refused by name", async () => {
    const wrong = { rng, center: true } as unknown as { rng: RandomStream };
    await expect(runTrajectories(mlp, wrong)).rejects.toThrow(/"center"/);
  });

  test("claims on a run of five models: purity is judged, order is too small to judge", () => {
    const rows = trajectoryClaims({ mlp: mlpRun, cnn: cnnRun }, { rng });
    const verdict = (words: string) => rows.find(({ claim }) => claim.startsWith(words))?.verdict;
    expect(verdict("CNN clusters are pure, full space")).toBe("holds");
    expect(verdict("CNN minus MLP")).toBe("undecided");
    expect(verdict("MLP clusters mix at SVD-5")).toBe("undecided");
    expect(rows.find(({ claim }) => claim.startsWith("CNN minus MLP"))?.published).toBe(0.336);
  });

  test("a claim fails when the zoo contradicts it", () => {
    const first = mlpRun.spaces[0];
    const mixed = first.scores.clusters.map((cluster) => ({ ...cluster, purity: 0.5 }));
    const spaces = [{ ...first, scores: { ...first.scores, clusters: mixed } }, ...mlpRun.spaces.slice(1)];
    const rows = trajectoryClaims({ mlp: { ...mlpRun, spaces }, cnn: cnnRun }, { rng });
    expect(rows.find(({ claim }) => claim.startsWith("MLP clusters are pure, full"))?.verdict).toBe("fails");
  });

  test("treatments of ties bracket their mean", () => {
    const [epoch, quicksort, reverse, average] = orderSensitivity({ mlp: mlpRun }).map((row) =>
      Number(row["full space"]),
    );
    // Runs as short as these are sorted by insertion, which keeps the order of equal heights.
    expect(quicksort).toBe(epoch);
    expect(average).toBeCloseTo((epoch + reverse) / 2, 12);
    expect(epoch).toBeGreaterThan(reverse);
  });

  test("another treatment of ties changes the scores, not the trees", () => {
    const reversed = reorderTrajectories(mlpRun, "reverse", { rng });
    expect(reversed.spaces[0].linkage).toBe(mlpRun.spaces[0].linkage);
    const column = mlpRun.table.columns.indexOf("orderedEpochsFraction");
    expect(reversed.table.values[0][column]).toBeCloseTo(
      Number(orderSensitivity({ mlp: mlpRun })[2]["full space"]),
      12,
    );
    expect(reorderTrajectories(reversed, "epoch", { rng: rng.split("mlp") }).table).toEqual(mlpRun.table);
  });

  test("every cell has a verdict by its tolerance, and none where the space is missing", () => {
    const cnnTable = publishedTable("trajectories/cnn");
    const moved = (by: number[]) => ({
      ...cnnRun,
      table: {
        ...cnnTable,
        values: cnnTable.values.map((row) => row.map((value, c) => Number(value) + by[c])),
      },
    });
    const first = (by: number[]) => trajectoryCells({ cnn: moved(by), mlp: mlpRun })[0];
    expect(cnnTable.columns).toEqual(["clusterPurity", "orderedInitialEpochs", "orderedEpochsFraction"]);
    expect(first([0, 5, -0.08])).toMatchObject({
      purity: "✓ 1.00 (1.00)",
      "ordered first epochs": "✓ 25.2 (20.2)",
      "ordered fraction": "✓ 0.613 (0.693)",
    });
    expect(first([-0.01, 5.2, 0.09])).toMatchObject({
      purity: "✗ 0.990 (1.00)",
      "ordered first epochs": "✗ 25.4 (20.2)",
      "ordered fraction": "✗ 0.783 (0.693)",
    });
    const mlpRows = trajectoryCells({ cnn: cnnRun, mlp: mlpRun }).filter(({ zoo }) => zoo === "MLP");
    expect(mlpRows).toHaveLength(7);
    expect(mlpRows[1]).toMatchObject({ space: "svd-500", "ordered fraction": "–" });
    const verdicts = nearPublishedClaims({ cnn: moved([0, 0, 0.07]), mlp: mlpRun }, "some order");
    expect(verdicts.map(({ verdict }) => verdict)).toEqual([
      "undecided",
      "undecided",
      "undecided",
      "undecided",
    ]);
    const many = { ...cnnRun.zoo, models: 250 } as typeof cnnRun.zoo;
    const judged = (by: number) =>
      nearPublishedClaims({ cnn: { ...moved([0, 0, by]), zoo: many }, mlp: mlpRun }, "some order")[0];
    expect([judged(0.07).verdict, judged(-0.09).verdict]).toEqual(["holds", "fails"]);
    expect(judged(0.07).ours).toBeCloseTo(0.07, 5);
  });

  test("steps and gaps explain purity: pure where the smallest gap exceeds the largest step", async () => {
    const rows = await stepsAndGaps({ mlp: mlpRun });
    expect(rows.map(({ space }) => space)).toEqual(["weights-2160", "svd-10", "svd-5"]);
    expect(Number(rows[0]["smallest gap between models"])).toBeGreaterThan(
      Number(rows[0]["largest step of a model (median)"]),
    );
    expect(rows[0].purity).toBe(1);
  });
});

test("the ordered prefix is told apart by whether the longest step is the first", async () => {
  const weights = matrix(8, 1, Float32Array.of(0, 4, 6, 7, 100, 101, 105, 107));
  const facts = {
    model: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    epoch: Int32Array.of(1, 2, 3, 4, 1, 2, 3, 4),
  };
  const scores = scoreTrajectories(await singleLinkage(weights), facts.model, facts.epoch);
  const run = { zoo: { weights, facts }, spaces: [{ scores }] } as unknown as TrajectoryRun;
  // The second model's heights are 1, 1, 2, 2: its third epoch joins highest.
  expect(prefixByLongestStep({ line: run })).toEqual([
    { zoo: "line", "longest step": "the first", models: 1, "ordered first epochs": 4, "of them none": 0 },
    { zoo: "line", "longest step": "a later one", models: 1, "ordered first epochs": 0, "of them none": 1 },
    { zoo: "line", "longest step": "any", models: 2, "ordered first epochs": 2, "of them none": 1 },
  ]);
});

test("the smallest gap never widens as models are added", async () => {
  const gaps = (await gapsByModels(mlpRun, "svd-5")).map((row) => Number(row["smallest gap between models"]));
  expect(gaps).toHaveLength(3);
  expect(gaps[0]).toBeGreaterThanOrEqual(gaps[1]);
  expect(gaps[1]).toBeGreaterThanOrEqual(gaps[2]);
});

/** Share of checkpoints whose nearest other one, by standardised mean and deviation, is of the same model. */
function sameModelShare(zoo: Zoo): number {
  const { rows, cols, data } = zoo.weights;
  const moments = Array.from({ length: rows }, (_, i) => {
    const weights = Array.from(data.subarray(i * cols, (i + 1) * cols));
    const mean = weights.reduce((sum, w) => sum + w, 0) / cols;
    return [mean, Math.sqrt(weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / cols)];
  });
  const scale = [0, 1].map((c) => {
    const centre = moments.reduce((sum, point) => sum + point[c], 0) / rows;
    return Math.sqrt(moments.reduce((sum, point) => sum + (point[c] - centre) ** 2, 0) / rows);
  });
  const model = zoo.facts.model;
  const hits = moments.filter((point, i) => {
    const distances = moments.map((other, j) =>
      i === j ? Infinity : Math.hypot((point[0] - other[0]) / scale[0], (point[1] - other[1]) / scale[1]),
    );
    return model[distances.indexOf(Math.min(...distances))] === model[i];
  });
  return hits.length / rows;
}

describe("curves and moments", () => {
  test("the curve of a fact has the zoo's epochs and the median of its models", () => {
    const curve = epochCurve(mlp, "test_accuracy");
    expect(curve.epochs).toEqual([1, 2, 3, 4]);
    const last = [...mlp.select((row) => row.epoch === 4).facts.test_accuracy].sort((a, b) => a - b);
    expect(curve.middle[3]).toBe(last[2]);
    expect(() => epochCurve(mlp, "accuracy")).toThrow(/"accuracy"/);
  });

  test("norms and moments of the weights agree: norm^2 = n (mean^2 + deviation^2)", () => {
    const { middle } = normCurve(cnn);
    const squares = momentsAtEpoch(cnn).map(({ mean, deviation }) => 1376 * (mean ** 2 + deviation ** 2));
    expect(middle[3] ** 2).toBeCloseTo(squares.sort((a, b) => a - b)[2], 6);
  });

  test("steps have one epoch fewer than checkpoints", () => {
    expect(stepCurve(mlp).epochs).toEqual([2, 3, 4]);
  });

  test("every model is counted once among the classes it missed", () => {
    const rows = missedClasses(mlp);
    expect(rows.reduce((sum, { models }) => sum + models, 0)).toBe(5);
  });

  test("the nearest checkpoint in weight space is of the same model, in the plane of moments not always", async () => {
    expect((await nearestCheckpointClaim(mlp, { rng })).verdict).toBe("holds");
    const [, claim] = await momentClaims({ mlp, cnn }, { rng });
    expect(claim.ours).toBeCloseTo(sameModelShare(mlp), 5);
    expect(claim.ours).toBeLessThan(1);
  });
});

test("a net of one's own has a table of its own, not a paper's", async () => {
  const spec = { ...mlp.spec, network: { ...mlp.spec.network, name: "mine" } };
  const own = Object.assign(Object.create(mlp) as TrainedZoo, { spec });
  expect((await runTrajectories(own, { rng })).table.id).toBe("trajectories/mine");
});

describe("words", () => {
  test("a zoo's setting names size, data and what stood in", () => {
    expect(zooSetting(mlp)).toBe("5 seeds x 4 epochs, strokes, 400 images");
    const data = { name: "strokes", standsInFor: "mnist", hash: "", classNames: [] };
    const set = { images: new Uint8Array(0), labels: new Uint8Array(0), count: 1200, height: 14, width: 14 };
    expect(describeData({ ...data, train: set, test: set })).toBe(
      "strokes in place of mnist, 1,200 + 1,200 images",
    );
  });

  test("short trainings do not judge the papers' accuracy", () => {
    for (const accuracy of zooClaims({ mlp, cnn }, { rng })) {
      expect(accuracy.verdict).toBe("undecided");
      expect(accuracy.claim).toContain("too short");
      expect(accuracy.claim).toContain("(>= 0.75)");
    }
  });

  test("tables of specifications and layouts say what is trained", () => {
    const rows = specTable([mlp.spec, cnn.spec]);
    const of = (setting: string) => rows.find((row) => row.setting === setting);
    expect(of("weights")).toMatchObject({ "mlp-trajectory": "2160", "cnn-trajectory": "1376" });
    expect(of("weight decay")).toMatchObject({ "mlp-trajectory": "0.0003", "cnn-trajectory": "0.0001" });
    expect(layoutTable(cnnTrajectory()).map((row) => row["output (channels x rows x columns)"])).toEqual([
      "16 x 7 x 7",
      "8 x 2 x 2",
      "10 x 1 x 1",
    ]);
  });

  test("an unknown published table is refused with the known ids", () => {
    expect(() => publishedTable("trajectories/rnn")).toThrow(/trajectories\/cnn, trajectories\/mlp/);
  });
});
