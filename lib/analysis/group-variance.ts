import { SpecError } from "../core/errors.js";
import type { Matrix } from "../core/matrix.js";

/** How much weights vary, over all rows and within groups (Table 4 of the 2021 paper). */
export interface GroupVariance {
  /** VAR: mean over the weights of their variance over all rows. */
  readonly overall: number;
  /** VARc: the same within each group, averaged over the groups, however many rows each has; NaN without groups. */
  readonly within: number;
  /** Groups of two rows at least: those that VARc is averaged over. */
  readonly groups: number;
  /** Groups of one row, which have no variance and are left out of VARc. */
  readonly single: number;
}

/**
 * VAR and VARc of weight vectors. Variances are of the population, in float64.
 *
 * Where all groups have equally many rows VARc cannot exceed VAR: what VAR has beyond it is the variance of the groups'
 * means. In three of the paper's five columns VARc does exceed VAR, so what it printed is something else; it says "the
 * mean of the variances for groups of samples with shared initialization method and activation function" and no more.
 * @param groups of each row, e.g. "tanh, uniform"
 * @throws SpecError "variance/groups" when there is not one group a row, or no row
 */
export function groupVariance(weights: Matrix, groups: readonly string[]): GroupVariance {
  const { rows, cols } = weights;
  if (groups.length !== rows || rows === 0) {
    const message = `groupVariance got ${rows} rows and ${groups.length} groups; give a group a row`;
    throw new SpecError("variance/groups", message, { value: groups.length });
  }
  const passes = new VariancePasses(groups, cols);
  passes.add(0, weights);
  passes.measure(0, weights);
  const indices = Array.from(groups.keys());
  return varianceOf(
    indices.map((i) => ({ group: groups[i], rows: 1, overall: passes.overall[i], within: passes.within[i] })),
  );
}

/** Squared deviations (means over the weights) of some rows of one group, summed. */
export interface Deviations {
  readonly group: string;
  readonly rows: number;
  /** From the mean of all rows. */
  readonly overall: number;
  /** From the mean of the group. */
  readonly within: number;
}

/** VAR and VARc of rows whose deviations are known. */
export function varianceOf(parts: readonly Deviations[]): GroupVariance {
  const members = new Map<string, { rows: number; within: number }>();
  let [rows, overall] = [0, 0];
  for (const part of parts) {
    rows += part.rows;
    overall += part.overall;
    const own = members.get(part.group) ?? { rows: 0, within: 0 };
    members.set(part.group, { rows: own.rows + part.rows, within: own.within + part.within });
  }
  const several = [...members.values()].filter((group) => group.rows > 1);
  const sum = several.reduce((total, group) => total + group.within / group.rows, 0);
  return {
    overall: overall / rows,
    within: sum / several.length,
    groups: several.length,
    single: members.size - several.length,
  };
}

/**
 * Squared deviations of rows that come piece by piece, in two passes: first every piece is added, then every piece is
 * measured. Memory holds a mean a group, and two numbers a row.
 */
export class VariancePasses {
  /** Mean over the weights of each row's squared deviation from the mean of all rows; 0 of rows that are left out. */
  readonly overall: Float64Array;
  /** The same from the mean of the row's group. */
  readonly within: Float64Array;
  private readonly all: Sum;
  private readonly sums = new Map<string, Sum>();

  /** @param groups of each row; undefined for rows that are left out */
  constructor(
    private readonly groups: readonly (string | undefined)[],
    cols: number,
  ) {
    this.overall = new Float64Array(groups.length);
    this.within = new Float64Array(groups.length);
    this.all = { weights: new Float64Array(cols), rows: 0 };
    for (const group of groups) {
      if (group !== undefined && !this.sums.has(group)) {
        this.sums.set(group, { weights: new Float64Array(cols), rows: 0 });
      }
    }
  }

  /** @param first row of the whole that is row 0 of the piece */
  add(first: number, { data, rows, cols }: Matrix): void {
    for (let i = 0; i < rows; i++) {
      const group = this.groups[first + i];
      if (group === undefined) continue;
      for (const sum of [this.all, this.sums.get(group)!]) {
        sum.rows++;
        for (let j = 0; j < cols; j++) sum.weights[j] += data[i * cols + j];
      }
    }
  }

  /** Asks for all pieces to have been added. */
  measure(first: number, { data, rows, cols }: Matrix): void {
    const deviation = (row: number, sum: Sum) => {
      let squares = 0;
      for (let j = 0; j < cols; j++) squares += (data[row * cols + j] - sum.weights[j] / sum.rows) ** 2;
      return squares / cols;
    };
    for (let i = 0; i < rows; i++) {
      const group = this.groups[first + i];
      if (group === undefined) continue;
      this.overall[first + i] = deviation(i, this.all);
      this.within[first + i] = deviation(i, this.sums.get(group)!);
    }
  }
}

interface Sum {
  readonly weights: Float64Array;
  rows: number;
}
