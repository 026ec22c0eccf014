import { RightOperand } from "../compute/gemm.js";
import { columnMeans, type GramPrecision, gramMatrix, shiftedRows } from "../compute/gram.js";
import { matmulTransposedB } from "../compute/matmul.js";
import { withProductThreads } from "../compute/row-products.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { type Matrix, takeCols } from "../core/matrix.js";
import { denseSvd, largestIsNegative } from "../core/numeric/dense-svd.js";
import { Pacer } from "../core/numeric/pacer.js";
import { checkPoints, type Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import { defaultTolerance, leadingPairs, type SolverOptions } from "./leading-pairs.js";

/** The leading part of a singular value decomposition A = U S V^T. */
export interface TruncatedSvd {
  /** Descending, [k]. */
  readonly singularValues: Float64Array;
  /** U S, the coordinates of the rows of A: [rows, k]. */
  readonly scores: Matrix;
  /** V^T: [k, cols]; orthonormal rows, in each the entry of largest magnitude is positive. */
  readonly components: Matrix;
  /** What was subtracted from every row, [cols]; undefined without centring. */
  readonly mean?: Float64Array;
  /** Share of the sum of squares of A (minus its mean, when centred) that each component carries, [k]. */
  readonly explained: Float64Array;
}

export interface SvdOptions extends LongRunOptions, SolverOptions {
  /** Subtract the column means first, which makes it a principal component analysis. Default false. */
  readonly centre?: boolean;
}

/** rows x cols x min(rows, cols) up to which the decomposition is done by the dense float64 solver. */
const denseWork = 2e7;
/** rows x cols x min(rows, cols) from which few components are first looked for with products in float32. */
const quickWork = 1e10;
const fewComponents = 100;
/**
 * Least share of the largest eigenvalue that the last wanted one must have for float32 to serve: the Gram matrix
 * then errs by less than a millionth of the largest, so that no singular value errs by more than 5e-5.
 */
const leastShare = 0.01;
/** Rows that are projected, and vectors that are multiplied, between two looks at the signal. */
const rowsAtOnce = 1024;
const vectorsAtOnce = 64;

/**
 * The k largest singular values and vectors. Small matrices: dense, float64. Larger ones: eigenpairs of the float64 Gram
 * matrix, all of them up to a smaller side of 400, else the leading ones by `leadingEigen`. Singular values below about
 * 1e-7 of the largest are rounding and their components may be zero. At most 100 components of a matrix of ten thousand
 * million rows x cols x min(rows, cols) are computed with products in float32 if none is below a tenth of the largest; then
 * they are right to 5e-5, and `rng` is drawn from twice otherwise. A tolerance below the default is met in float64.
 * @param k at most min(rows, cols)
 * @throws SpecError "svd/count" when k does not fit; DataError on NaN or infinity; InterruptedError
 */
export async function truncatedSvd(points: Points, k: number, options: SvdOptions): Promise<TruncatedSvd> {
  checkOptions(options, ["rng", "centre", "iterations", "tolerance", "signal", "onProgress"], "truncatedSvd");
  checkPoints(points, "truncatedSvd");
  const { rows, cols } = points;
  const side = Math.min(rows, cols);
  if (!Number.isInteger(k) || k < 1 || k > side) {
    throw new SpecError(
      "svd/count",
      `a matrix of ${rows} x ${cols} has no ${k} singular values; ask for 1 to ${side}`,
      { value: k },
    );
  }
  const mean = options.centre ? columnMeans(points) : undefined;
  if (rows * cols * side <= denseWork) return smallSvd(points, k, mean);
  const pacer = new Pacer("singular value decomposition", 3, "stages", options);
  const { values, vectors, trace } =
    (await quickPairs(points, k, mean, options, pacer)) ??
    (await pairsOf("float64", points, k, mean, options, pacer));
  await pacer.add(2);
  const singularValues = values.map((value) => Math.sqrt(Math.max(0, value)));
  const explained = singularValues.map((s) => (s * s) / trace);
  const factors =
    rows < cols
      ? await fromLeft(points, mean, singularValues, vectors, pacer)
      : await fromRight(points, mean, singularValues, vectors, pacer);
  await pacer.add(1);
  return { singularValues, explained, ...factors, ...(mean && { mean }) };
}

/** Leading eigenpairs of the smaller Gram matrix and the sum of all its eigenvalues. */
interface GramPairs {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  readonly trace: number;
}

function pairsOf(
  precision: GramPrecision,
  points: Points,
  k: number,
  mean: Float64Array | undefined,
  options: SvdOptions,
  pacer: Pacer,
): Promise<GramPairs> {
  const { rows, cols } = points;
  const side = Math.min(rows, cols);
  return withProductThreads((rows * cols * side) / 2, pacer, async (threads) => {
    const gram = await gramMatrix(points, mean, pacer, { precision, threads });
    let trace = 0;
    for (let i = 0; i < side; i++) trace += gram[i * side + i];
    return { ...(await leadingPairs(gram, side, k, options, pacer, { precision, threads })), trace };
  });
}

/** The same with products in float32, where that is worth it and exact enough. */
async function quickPairs(
  points: Points,
  k: number,
  mean: Float64Array | undefined,
  options: SvdOptions,
  pacer: Pacer,
): Promise<GramPairs | undefined> {
  const { data, rows, cols } = points;
  const work = rows * cols * Math.min(rows, cols);
  if (!(data instanceof Float32Array) || k > fewComponents || work < quickWork) return undefined;
  // A residual below this one is out of reach of float32.
  if ((options.tolerance ?? defaultTolerance) < defaultTolerance) return undefined;
  const pairs = await pairsOf("float32", points, k, mean, options, pacer);
  return pairs.values[k - 1] >= leastShare * pairs.values[0] ? pairs : undefined;
}

function smallSvd(points: Points, k: number, mean: Float64Array | undefined): TruncatedSvd {
  const { rows, cols } = points;
  const svd = denseSvd({ data: shiftedRows(points, 0, rows, mean), rows, cols });
  const total = svd.singularValues.reduce((sum, s) => sum + s * s, 0);
  const singularValues = svd.singularValues.slice(0, k);
  const scores = { data: Float32Array.from(svd.scores), rows, cols: svd.rank };
  return {
    singularValues,
    explained: singularValues.map((s) => (s * s) / total),
    scores: takeCols(scores, k),
    components: { data: Float32Array.from(svd.components.subarray(0, k * cols)), rows: k, cols },
    ...(mean && { mean }),
  };
}

type Factors = Pick<TruncatedSvd, "scores" | "components">;

/** From right singular vectors [k, cols]: the scores are the rows' projections. */
async function fromRight(
  points: Points,
  mean: Float64Array | undefined,
  singularValues: Float64Array,
  vectors: Float64Array,
  pacer: Pacer,
): Promise<Factors> {
  const cols = points.cols;
  const k = singularValues.length;
  const components = { data: Float32Array.from(vectors), rows: k, cols };
  for (let c = 0; c < k; c++) {
    const line = components.data.subarray(c * cols, (c + 1) * cols);
    if (largestIsNegative(line)) for (let j = 0; j < cols; j++) line[j] = -line[j];
  }
  const right = new RightOperand<Float32Array>(components.data, cols, k, true);
  const scores = new Float32Array(points.rows * k);
  for (let from = 0; from < points.rows; from += rowsAtOnce) {
    const to = Math.min(points.rows, from + rowsAtOnce);
    right.multiply(rowsInFloat32(points, from, to, mean), to - from, scores.subarray(from * k, to * k));
    if (pacer.due()) await pacer.pause();
  }
  return { components, scores: { data: scores, rows: points.rows, cols: k } };
}

/** From left singular vectors [k, rows]: V^T = S^-1 U^T A. */
async function fromLeft(
  points: Points,
  mean: Float64Array | undefined,
  singularValues: Float64Array,
  vectors: Float64Array,
  pacer: Pacer,
): Promise<Factors> {
  const { rows, cols } = points;
  const k = singularValues.length;
  const v = new Float64Array(k * cols);
  const right = new RightOperand(shiftedRows(points, 0, rows, mean), rows, cols);
  for (let from = 0; from < k; from += vectorsAtOnce) {
    const to = Math.min(k, from + vectorsAtOnce);
    const part = vectors.subarray(from * rows, to * rows);
    right.multiply(part, to - from, v.subarray(from * cols, to * cols));
    if (pacer.due()) await pacer.pause();
  }
  const scores = new Float32Array(rows * k);
  for (let c = 0; c < k; c++) {
    const line = v.subarray(c * cols, (c + 1) * cols);
    const s = singularValues[c];
    const known = s > singularValues[0] * 1e-7;
    const sign = largestIsNegative(line) ? -1 : 1;
    for (let j = 0; j < cols; j++) line[j] = known ? (sign * line[j]) / s : 0;
    for (let i = 0; i < rows; i++) scores[i * k + c] = sign * s * vectors[c * rows + i];
  }
  return {
    components: { data: Float32Array.from(v), rows: k, cols },
    scores: { data: scores, rows, cols: k },
  };
}

/** The first k singular values, scores and components of a decomposition. */
export function leading(svd: TruncatedSvd, k: number): TruncatedSvd {
  const { singularValues, explained, scores, components } = svd;
  if (!Number.isInteger(k) || k < 1 || k > singularValues.length) {
    throw new SpecError(
      "svd/count",
      `this decomposition holds ${singularValues.length} singular values, not ${k}`,
      { value: k },
    );
  }
  const { cols, data } = components;
  return {
    ...svd,
    singularValues: singularValues.slice(0, k),
    explained: explained.slice(0, k),
    scores: takeCols(scores, k),
    components: { data: data.slice(0, k * cols), rows: k, cols },
  };
}

/**
 * Coordinates of the rows of m in the space that the rows of `components` span: (m - mean) components^T, [rows, k].
 * @throws SpecError when the column counts differ
 */
export function projectOnto(components: Matrix, m: Points, mean?: Float64Array): Matrix {
  const data = rowsInFloat32(m, 0, m.rows, mean);
  return matmulTransposedB({ data, rows: m.rows, cols: m.cols }, components);
}

/** Rows from..to minus the mean, in float32; a view where nothing changes. */
function rowsInFloat32(m: Points, from: number, to: number, mean: Float64Array | undefined): Float32Array {
  const { data, cols } = m;
  if (mean || !(data instanceof Float32Array)) return Float32Array.from(shiftedRows(m, from, to, mean));
  return data.subarray(from * cols, to * cols);
}
