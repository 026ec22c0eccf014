import { RightOperand } from "../../compute/gemm.js";
import { shiftedRows } from "../../compute/gram.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";

/** Most entries of a slice of the features: 256 MiB in float64. */
const sliceEntries = 1 << 25;
const sliceRows = 1 << 16;

/** Some rows, packed both ways round: as X^T for the logits and as X for the gradient. */
interface Slice {
  readonly from: number;
  readonly rows: number;
  readonly transposed: RightOperand<Float64Array>;
  readonly plain: RightOperand<Float64Array>;
}

/** Training rows, packed once for every evaluation of every target. */
export interface PackedRows {
  readonly rows: number;
  readonly cols: number;
  readonly slices: readonly Slice[];
}

/** @throws InterruptedError */
export async function packRows(
  points: Points,
  mean: Float64Array | undefined,
  pacer: Pacer,
): Promise<PackedRows> {
  const { rows, cols } = points;
  const step = Math.max(1, Math.min(sliceRows, Math.floor(sliceEntries / cols)));
  const slices: Slice[] = [];
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(rows, from + step);
    const part = shiftedRows(points, from, to, mean);
    const transposed = new RightOperand(part, cols, to - from, true);
    if (pacer.due()) await pacer.pause();
    slices.push({ from, rows: to - from, transposed, plain: new RightOperand(part, to - from, cols) });
    if (pacer.due()) await pacer.pause();
  }
  return { rows, cols, slices };
}

export interface SoftmaxLoss {
  readonly loss: number;
  readonly weightGradient: Float64Array;
  readonly interceptGradient: Float64Array;
  /** Mean of p (1 - p) over the classes, for each row: how curved its loss is. */
  readonly curvature: Float64Array;
}

/**
 * Mean cross-entropy of a linear softmax and its gradients.
 * @param labels class of each row
 * @param weights row-major [classes, features]
 * @param intercepts [classes]
 */
export async function softmaxLoss(
  packed: PackedRows,
  labels: Int32Array,
  weights: Float64Array,
  intercepts: Float64Array,
  pacer: Pacer,
): Promise<SoftmaxLoss> {
  const classes = intercepts.length;
  const weightGradient = new Float64Array(weights.length);
  const interceptGradient = new Float64Array(classes);
  const part = new Float64Array(weights.length);
  const curvature = new Float64Array(packed.rows);
  let loss = 0;
  for (const { from, rows, transposed, plain } of packed.slices) {
    const logits = transposed.multiply(weights, classes, new Float64Array(classes * rows));
    const own = labels.subarray(from, from + rows);
    const curved = curvature.subarray(from, from + rows);
    loss += residuals(logits, own, intercepts, { total: packed.rows, interceptGradient, curvature: curved });
    if (pacer.due()) await pacer.pause();
    plain.multiply(logits, classes, part);
    for (let p = 0; p < part.length; p++) weightGradient[p] += part[p];
    if (pacer.due()) await pacer.pause();
  }
  return { loss, weightGradient, interceptGradient, curvature };
}

/** Where `residuals` puts what it finds beside the logits, and the number of all rows. */
interface Sums {
  readonly total: number;
  /** [classes]; added to. */
  readonly interceptGradient: Float64Array;
  /** [rows]. */
  readonly curvature: Float64Array;
}

/**
 * Turns logits [classes, rows] into the loss's gradient with respect to them, and adds their sums to the intercepts'.
 * @returns the rows' share of the mean loss over `total` rows
 */
function residuals(
  logits: Float64Array,
  labels: Int32Array,
  intercepts: Float64Array,
  { total, interceptGradient, curvature }: Sums,
): number {
  const rows = labels.length;
  const classes = intercepts.length;
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    let top = 0;
    for (let c = 0; c < classes; c++) {
      logits[c * rows + i] += intercepts[c];
      if (logits[c * rows + i] > logits[top * rows + i]) top = c;
    }
    const largest = logits[top * rows + i];
    const label = labels[i];
    const own = logits[label * rows + i] - largest;
    // The greatest term is one and is left out: where a class is all but certain, what remains is not lost to rounding.
    let others = 0;
    for (let c = 0; c < classes; c++) {
      const value = Math.exp(logits[c * rows + i] - largest);
      logits[c * rows + i] = value;
      if (c !== top) others += value;
    }
    const sum = 1 + others;
    loss += Math.log1p(others) - own;
    for (let c = 0; c < classes; c++) {
      const p = logits[c * rows + i] / sum;
      const rest = c === top ? others / sum : 1 - p;
      curvature[i] += (p * rest) / classes;
      const residual = (c === label ? -rest : p) / total;
      logits[c * rows + i] = residual;
      interceptGradient[c] += residual;
    }
  }
  return loss / total;
}
