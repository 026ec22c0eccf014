import { SpecError } from "../core/errors.js";
import type { Matrix } from "../core/matrix.js";

/** How much weights vary, over all rows and within groups (Table 4 of the 2021 paper). */
export interface GroupVariance {
  /** VAR: mean over the weights of their variance over all rows. */
  readonly overall: number;
  /** VARc: the same within each group, meant over the groups. */
  readonly within: number;
  readonly groups: number;
}

/**
 * VAR and VARc of weight vectors. Variances are of the population, in float64; groups of one row count with 0.
 * @param weights [rows, parameters]
 * @param groups of each row, e.g. "tanh, uniform"
 * @throws SpecError "variance/groups" when there is not one group a row, or no row
 */
export function groupVariance(weights: Matrix, groups: readonly string[]): GroupVariance {
  const { rows } = weights;
  if (groups.length !== rows || rows === 0) {
    const message = `groupVariance got ${rows} rows and ${groups.length} groups; give a group a row`;
    throw new SpecError("variance/groups", message, { value: groups.length });
  }
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => {
    const own = members.get(group);
    if (own) own.push(i);
    else members.set(group, [i]);
  });
  const within = [...members.values()].map((indices) => meanVariance(weights, indices));
  return {
    overall: meanVariance(
      weights,
      groups.map((_, i) => i),
    ),
    within: within.reduce((sum, value) => sum + value / within.length, 0),
    groups: members.size,
  };
}

/** Mean over the columns of their variance over the given rows, in two passes. */
function meanVariance({ data, cols }: Matrix, indices: readonly number[]): number {
  const means = new Float64Array(cols);
  for (const i of indices) for (let j = 0; j < cols; j++) means[j] += data[i * cols + j] / indices.length;
  let sum = 0;
  for (const i of indices) for (let j = 0; j < cols; j++) sum += (data[i * cols + j] - means[j]) ** 2;
  return sum / indices.length / cols;
}
