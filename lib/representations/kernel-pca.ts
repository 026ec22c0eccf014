import { RightOperand } from "../compute/gemm.js";
import { columnMeans, shiftedRows } from "../compute/gram.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { largestIsNegative } from "../core/numeric/dense-svd.js";
import { Pacer } from "../core/numeric/pacer.js";
import { checkPoints, type Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { leadingPairs, type SolverOptions } from "./leading-pairs.js";
import { linearPca, type PrincipalComponents, rankOf } from "./pca.js";

/** "linear": x y; "cosine": x y / (|x| |y|); "rbf": exp(-gamma |x - y|^2). */
export type PcaKernel = "linear" | "cosine" | "rbf";

export interface KernelPcaOptions extends LongRunOptions {
  /** Start vectors of the iterative solver; the result does not depend on it beyond the tolerance. */
  readonly rng: RandomStream;
  readonly kernel: PcaKernel;
  /** Components wanted; there are fewer where the centred kernel matrix has a smaller rank. Default 50. */
  readonly components?: number;
  /** Of the rbf kernel. Default 1 / columns, as in scikit-learn. */
  readonly gamma?: number;
}

/** Relative residual of eigenvectors: fine enough for coordinates in float32. */
const tolerance = 1e-6;
/** Rows of kernel values computed at once. */
const rowsAtOnce = 128;

/** @throws SpecError "pca/kernel", "pca/components" or "pca/gamma" */
export function checkPcaOptions({
  kernel,
  components = 50,
  gamma,
}: Pick<KernelPcaOptions, "kernel" | "components" | "gamma">): void {
  if (!["linear", "cosine", "rbf"].includes(kernel)) {
    const message = `there is no PCA kernel "${kernel}"; take linear, cosine or rbf`;
    throw new SpecError("pca/kernel", message, { value: kernel });
  }
  if (!Number.isInteger(components) || components < 1) {
    const message = `PCA cannot have ${components} components; give a positive whole number`;
    throw new SpecError("pca/components", message, { value: components });
  }
  if (gamma === undefined) return;
  if (kernel !== "rbf" || !(gamma > 0 && gamma < Number.POSITIVE_INFINITY)) {
    const message = `gamma is ${gamma} for the ${kernel} kernel; only rbf takes one, and it must be positive`;
    throw new SpecError("pca/gamma", message, { value: gamma });
  }
}

/**
 * Kernel principal component analysis (Schölkopf, Smola and Müller 1998) in float64. The linear and the cosine kernel
 * have features of their own (the rows; the rows scaled to length 1), whose linear components are the same and cost
 * nothing quadratic in the rows. The rbf kernel holds its matrix: 8 rows^2 bytes.
 * @param points training rows [rows, cols]
 * @throws SpecError on unknown options, "pca/kernel", "pca/components", "pca/gamma", or "pca/rank" when all rows are
 *   alike to the kernel; DataError on NaN; InterruptedError
 */
export async function kernelPca(points: Points, options: KernelPcaOptions): Promise<PrincipalComponents> {
  checkOptions(options, ["rng", "kernel", "components", "gamma", "signal", "onProgress"], "kernelPca");
  checkPcaOptions(options);
  checkPoints(points, "kernelPca");
  const { rng, kernel, components = 50, gamma = 1 / points.cols } = options;
  const solver = { rng, tolerance };
  const { signal, onProgress } = interruptible(options);
  const run = { signal, onProgress };
  const found =
    kernel === "rbf"
      ? await rbfPca(points, gamma, components, solver, run)
      : await linearPca(kernel === "cosine" ? unitRows(points) : points, components, solver, run);
  if (found.eigenvalues.length === 0) {
    const message = `PCA of ${points.rows} rows: all are alike to the ${kernel} kernel; give rows that differ`;
    throw new SpecError("pca/rank", message, { value: points.rows });
  }
  if (kernel !== "cosine") return found;
  return { ...found, project: (rest, projectOptions) => found.project(unitRows(rest), projectOptions) };
}

/** The rows scaled to length 1, in the precision of the points; rows of zeros stay. */
function unitRows({ data, rows, cols }: Points): Points {
  const scaled = data.slice();
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let p = i * cols; p < (i + 1) * cols; p++) squares += data[p] * data[p];
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let p = i * cols; p < (i + 1) * cols; p++) scaled[p] *= scale;
  }
  return { data: scaled, rows, cols };
}

async function rbfPca(
  points: Points,
  gamma: number,
  count: number,
  solver: SolverOptions,
  run: LongRunOptions,
): Promise<PrincipalComponents> {
  const { rows } = points;
  const kernel = new RbfKernel(points, gamma);
  const pacer = new Pacer("rbf kernel", 2 * rows, "rows", run);
  const values = new Float64Array(rows * rows);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    kernel.rows(points, from, to, values.subarray(from * rows, to * rows));
    await pacer.add(to - from);
  }
  const means = centreKernel(values, rows);
  const eigen = await leadingPairs(values, rows, Math.min(count, rows), solver, pacer);
  await pacer.add(rows);
  const rank = rankOf(eigen.values);
  const eigenvalues = eigen.values.slice(0, rank);
  const coefficients = new Float64Array(rows * rank);
  const offsets = new Float64Array(rank);
  for (let c = 0; c < rank; c++) {
    const vector = eigen.vectors.subarray(c * rows, (c + 1) * rows);
    const scale = (largestIsNegative(vector) ? -1 : 1) / Math.sqrt(eigenvalues[c]);
    const middle = vector.reduce((sum, value) => sum + value, 0) / rows;
    for (let i = 0; i < rows; i++) {
      // Coefficients that sum to zero centre a row of kernel values by themselves.
      coefficients[i * rank + c] = scale * (vector[i] - middle);
      offsets[c] += means[i] * coefficients[i * rank + c];
    }
  }
  const right = new RightOperand(coefficients, rows, rank);
  return { eigenvalues, project: (rest, options) => projectRbf(kernel, right, offsets, rest, options) };
}

/** Centres a symmetric kernel matrix in feature space, in place; returns the means of its rows. */
function centreKernel(values: Float64Array, size: number): Float64Array {
  const means = columnMeans({ data: values, rows: size, cols: size });
  const total = means.reduce((sum, value) => sum + value, 0) / size;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) values[i * size + j] += total - means[i] - means[j];
  }
  return means;
}

async function projectRbf(
  kernel: RbfKernel,
  coefficients: RightOperand<Float64Array>,
  offsets: Float64Array,
  points: Points,
  options: LongRunOptions = {},
): Promise<Float64Array> {
  const { inner: size, columns } = coefficients;
  const pacer = new Pacer("projecting on components", points.rows, "rows", options);
  const out = new Float64Array(points.rows * columns);
  const values = new Float64Array(rowsAtOnce * size);
  for (let from = 0; from < points.rows; from += rowsAtOnce) {
    const to = Math.min(points.rows, from + rowsAtOnce);
    const block = values.subarray(0, (to - from) * size);
    kernel.rows(points, from, to, block);
    const scores = out.subarray(from * columns, to * columns);
    coefficients.multiply(block, to - from, scores);
    for (let p = 0; p < scores.length; p++) scores[p] -= offsets[p % columns];
    await pacer.add(to - from);
  }
  return out;
}

/** Values exp(-gamma |x - y|^2) of any rows x with fixed rows y. */
class RbfKernel {
  /** Subtracted from all points: distances stay, rounding falls. */
  private readonly mean: Float64Array;
  private readonly squares: Float64Array;
  private readonly right: RightOperand<Float64Array>;

  constructor(
    points: Points,
    private readonly gamma: number,
  ) {
    const { rows, cols } = points;
    this.mean = columnMeans(points);
    const centred = shiftedRows(points, 0, rows, this.mean);
    this.squares = squaredLengths(centred, cols);
    this.right = new RightOperand(centred, cols, rows, true);
  }

  /** Writes the kernel values of rows from..to: [to - from, fixed rows]. */
  rows(points: Points, from: number, to: number, out: Float64Array): void {
    const { squares, gamma } = this;
    const size = squares.length;
    const centred = shiftedRows(points, from, to, this.mean);
    this.right.multiply(centred, to - from, out);
    squaredLengths(centred, points.cols).forEach((own, i) => {
      for (let j = 0; j < size; j++) {
        const squared = own + squares[j] - 2 * out[i * size + j];
        out[i * size + j] = Math.exp(-gamma * Math.max(0, squared));
      }
    });
  }
}

function squaredLengths(data: Float64Array, cols: number): Float64Array {
  const out = new Float64Array(data.length / cols);
  for (let p = 0; p < data.length; p++) out[Math.floor(p / cols)] += data[p] * data[p];
  return out;
}
