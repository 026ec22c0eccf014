import { SpecError } from "../core/errors.js";
import type { Points } from "../core/numeric/points.js";

/**
 * Rows of each model in the order of epochs; models ascending.
 * @throws SpecError when lengths differ
 */
export function rowsByModel(points: Points, models: Int32Array, epochs: Int32Array): Map<number, number[]> {
  if (models.length !== points.rows || epochs.length !== points.rows) {
    throw new SpecError(
      "trajectories/length",
      `there are ${points.rows} checkpoints but ${models.length} models and ${epochs.length} epochs`,
      { value: models.length },
    );
  }
  const order = Array.from(models.keys());
  order.sort((a, b) => models[a] - models[b] || epochs[a] - epochs[b]);
  const rows = new Map<number, number[]>();
  for (const i of order) {
    const own = rows.get(models[i]);
    if (own) own.push(i);
    else rows.set(models[i], [i]);
  }
  return rows;
}
