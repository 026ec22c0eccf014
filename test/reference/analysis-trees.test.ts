import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { binRows, binThresholds, binTrainingRows } from "#lib/analysis/trees/bins.js";
import { type BoostedTrees, boostedOutputs, boostTrees } from "#lib/analysis/trees/boosting.js";
import { crossEntropy, squaredError } from "#lib/analysis/trees/losses.js";
import { treesSettings } from "#lib/analysis/trees/settings.js";
import { readNpy } from "#lib/core/npy.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import type { Points } from "#lib/core/numeric/points.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";

interface Run {
  name: string;
  settings: Record<string, number>;
  baseline: number[];
  leaves: number[][];
  thresholds: number[][] | null;
}
interface Reference {
  train_rows: [number, number];
  new_rows: [number, number];
  runs: Run[];
}
const expected = JSON.parse(readFileSync(join(folder, "trees.json"), "utf8")) as Reference;

function array(name: string): Points {
  const { data, shape } = readNpy(join(folder, name));
  return { data: data as Float64Array, rows: shape[0], cols: shape[1] ?? 1 };
}
const x = array("trees_X.npy");
const y = array("trees_y.npy");

function rowsOf({ data, cols }: Points, [from, to]: [number, number]): Points {
  return { data: data.slice(from * cols, to * cols), rows: to - from, cols };
}

/** Column of `trees_y`, and the loss. */
const kinds: Record<string, [number, typeof squaredError]> = {
  regression: [0, squaredError],
  regression_other: [0, squaredError],
  three_classes: [1, crossEntropy(3)],
  two_classes: [2, crossEntropy(2)],
};

async function boosted({ name, settings }: Run) {
  const [column, loss] = kinds[name];
  const ours = treesSettings({
    learningRate: settings.learning_rate,
    maxIterations: settings.max_iter,
    maxLeafNodes: settings.max_leaf_nodes,
    minSamplesLeaf: settings.min_samples_leaf,
    l2: settings.l2_regularization,
    maxBins: settings.max_bins,
  });
  const pacer = new Pacer("test", ours.maxIterations, "iterations", {});
  const train = rowsOf(x, expected.train_rows);
  const thresholds = await binThresholds(train, ours.maxBins, pacer);
  const bins = Int32Array.from(thresholds, ({ length }) => length + 1);
  const rows = await binTrainingRows(train, thresholds, pacer);
  const targets = Float64Array.from({ length: rows.rows }, (_, i) => y.data[i * y.cols + column]);
  const fitted = await boostTrees({ rows, targets }, undefined, bins, loss, ours, pacer);
  const all = await binRows(x, thresholds, pacer);
  return { thresholds, fitted, outputs: await boostedOutputs(fitted, all, pacer), count: loss.outputs };
}

describe.each(expected.runs)("boosted trees against scikit-learn, $name", (run) => {
  const fitting = boosted(run);

  it("the same bins", async () => {
    const { thresholds } = await fitting;
    run.thresholds?.forEach((bounds, j) => {
      expect(thresholds[j].length).toBe(bounds.length);
      bounds.forEach((bound, b) => {
        expect(Math.abs(thresholds[j][b] - bound)).toBeLessThanOrEqual(1e-15 * Math.abs(bound));
      });
    });
  });

  it("the baseline and the leaves of every tree", async () => {
    const { fitted } = await fitting;
    run.baseline.forEach((value, k) => {
      expect(Math.abs(fitted.baseline[k] - value)).toBeLessThan(1e-12);
    });
    const leaves = fitted.trees.map((grown) => grown.map(countLeaves));
    expect(leaves).toEqual(run.leaves);
  });

  it("outputs of rows seen and new", async () => {
    const { outputs, count } = await fitting;
    const reference = array(`trees_${run.name}.npy`).data;
    // Both sum float32 derivatives in float64 in the order of the rows: they differ by rounding. Exponentials that
    // differ in their last bit may be rounded to neighbouring float32.
    const tolerance = run.name.startsWith("regression") ? 1e-12 : 1e-6;
    let largest = 0;
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < x.rows; i++) {
        largest = Math.max(largest, Math.abs(outputs[k * x.rows + i] - reference[i * count + k]));
      }
    }
    expect(largest).toBeLessThan(tolerance);
  });
});

function countLeaves(tree: BoostedTrees["trees"][number][number]): number {
  return tree ? tree.features.filter((feature) => feature < 0).length : 1;
}
