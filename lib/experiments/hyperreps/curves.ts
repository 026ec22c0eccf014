import { meanOf } from "../../core/numeric/vectors.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import type { LongRun } from "./long-run.js";
import type { CellResult } from "./runs.js";
import type { VariantRun } from "./variants.js";

/** A training's curve: mean over seeds, with the seeds' range. */
export interface TrainingCurve {
  readonly name: string;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/**
 * Reconstruction R2 (percent) of the permuted validation rows while cells train; cells without a decoder are left out.
 * @param x what the curves run over
 */
export function reconstructionCurves(cells: readonly CellResult[], x: "steps" | "seconds"): TrainingCurve[] {
  return cells.flatMap(({ row, column, runs }) => {
    const curves = runs.map(({ representation }) => representation.model.curve);
    if (curves[0].some(({ validationR2 }) => validationR2 === null)) return [];
    const points = curves[0].map((_, i) => {
      const at = curves.map((curve) => curve[i]);
      const values = at.map(({ validationR2 }) => 100 * validationR2!);
      return { x: meanOf(at.map((point) => place(point, x))), y: meanOf(values), low: Math.min(...values), high: Math.max(...values) }; // biome-ignore format: one point
    });
    return [{ name: column === undefined ? row : `${row}, ${column}`, points }];
  });
}

/** The long runs' curves over seconds of one core: reconstruction, or the probe's accuracy R2; percent. */
export function longCurves(runs: readonly LongRun[], of: "reconstruction" | "accuracy"): TrainingCurve[] {
  return runs.map(({ loss, curve }) => ({
    name: loss,
    points: curve.map((point) => ({ x: point.seconds, y: point[of], low: point[of], high: point[of] })),
  }));
}

/** A score of variants that differ in beta, over beta; percent, with its interval. */
export function betaCurve({ cells, table }: VariantRun, column: string, name: string): TrainingCurve {
  const c = table.columns.indexOf(column);
  const points = cells.map(({ runs }, r) => {
    const [y, low, high] = [table.values, table.low, table.high].map((part) => part?.[r][c] ?? Number.NaN);
    return { x: runs[0].representation.model.config.beta, y, low, high };
  });
  return { name, points: points.sort((a, b) => a.x - b.x) };
}

function place(point: CurvePoint, x: "steps" | "seconds"): number {
  return x === "steps" ? point.step : point.seconds;
}
