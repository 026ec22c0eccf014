import { SpecError } from "../../core/errors.js";
import type { TetrisProbes } from "./tetris-probes.js";

/** A probe's predictions from one representation, for `predictionScatter`. */
export interface PredictionsOf {
  readonly name: string;
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
}

/**
 * True and predicted values of a numeric target on the test split, one entry a representation; of EcD those of its first
 * seed.
 * @param columns of the table, e.g. ["W", "sW", "EcD"]
 * @throws SpecError "probe/target" for a target or representation that there is not, or a target of words
 */
export function predictionsOf(
  { baselines, learned }: TetrisProbes,
  target: string,
  columns: readonly string[],
): PredictionsOf[] {
  const { table, cells } = baselines;
  return columns.map((column) => {
    const cell =
      column === learned.row
        ? learned.runs[0].probes.find((probe) => probe.target === target)
        : cells[table.rows.indexOf(target)]?.[table.columns.indexOf(column)];
    if (cell?.kind !== "r2") {
      const message = `there is no numeric probe of ${target} from ${column}; choose from ${table.rows.join(", ")} and ${table.columns.join(", ")}, ${learned.row}`;
      throw new SpecError("probe/target", message, { value: `${column} ${target}` });
    }
    const { truth, predictions, interval } = cell;
    return {
      name: `${column}: R2 ${interval.value.toFixed(1)} percent`,
      truth: truth as ArrayLike<number>,
      predicted: predictions as ArrayLike<number>,
    };
  });
}
