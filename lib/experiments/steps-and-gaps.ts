import { nearestModels, stepLengths } from "../analysis/geometry.js";
import { takeRows } from "../core/matrix.js";
import { quantile } from "../core/numeric/bootstrap.js";
import type { LongRunOptions } from "../core/progress.js";
import { describeZoo } from "../zoo/describe.js";
import type { TrajectoryRun } from "./trajectory-order.js";

/** Spaces whose steps and gaps say where clusters begin to mix: full space is row 0 of a run. */
const spaces = ["svd-10", "svd-5"] as const;

/**
 * Why clusters mix or stay pure: single linkage keeps models apart as long as a model's largest step is shorter than the
 * smallest gap between two models. Both, per run, in full space and at SVD-10 and SVD-5, with what follows from them.
 * @param runs by the name that the table shows
 */
export async function stepsAndGaps(
  runs: Readonly<Record<string, TrajectoryRun>>,
  options: LongRunOptions = {},
): Promise<Record<string, string | number | null>[]> {
  const rows: Record<string, string | number | null>[] = [];
  for (const [name, { zoo, spaces: results }] of Object.entries(runs)) {
    const { model, epoch } = zoo.facts;
    for (const result of results.filter(({ space }, i) => i === 0 || spaces.some((one) => one === space))) {
      const largest = stepLengths(result.points, model, epoch).map(({ lengths }) => Math.max(...lengths));
      const { other } = await nearestModels(result.points, model, options);
      rows.push({
        zoo: name,
        space: result.space,
        "largest step of a model (median)": quantile(
          largest.sort((a, b) => a - b),
          0.5,
        ),
        "smallest gap between models": smallest(other),
        purity: result.scores.clusterPurity,
        "ordered fraction": result.scores.orderedEpochsFraction,
        "median test accuracy": describeZoo(zoo).last.test_accuracy.median,
      });
    }
  }
  return rows;
}

/**
 * How the smallest gap between two models falls as more models share a space: among the first quarter, half and all of a
 * run's models.
 * @param space by the row of the published table
 */
export async function gapsByModels(
  run: TrajectoryRun,
  space: string,
  options: LongRunOptions = {},
): Promise<Record<string, string | number>[]> {
  const { points } = run.spaces.find((result) => result.space === space) ?? run.spaces[0];
  const { model } = run.zoo.facts;
  const rows: Record<string, string | number>[] = [];
  for (const share of [4, 2, 1]) {
    const models = Math.max(2, Math.floor(run.zoo.models / share));
    const kept = Int32Array.from(model.keys()).filter((i) => model[i] < models);
    const { other } = await nearestModels(
      takeRows(points, kept),
      model.filter((one) => one < models),
      options,
    );
    rows.push({ models, space, "smallest gap between models": smallest(other) });
  }
  return rows;
}

function smallest(values: Float64Array): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}
