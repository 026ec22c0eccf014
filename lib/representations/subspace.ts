import { RightOperand } from "../compute/gemm.js";
import type { GramPrecision } from "../compute/gram.js";
import type { ProductThreads } from "../compute/product-threads.js";
import { SymmetricOperator, times } from "../compute/symmetric-operator.js";
import { symmetricEigen } from "../core/numeric/eigen.js";
import type { Pacer } from "../core/numeric/pacer.js";
import type { RandomStream } from "../core/random.js";

/** Leading eigenpairs: values descending, vectors as rows [count, size]. */
export interface LeadingEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  /** Largest |G v - value v| / value over the pairs that are not zero to rounding. */
  readonly residual: number;
}

/** Orthonormal row vectors with their images under G and their Ritz values, descending. */
interface Block {
  readonly width: number;
  readonly vectors: Float64Array;
  readonly images: Float64Array;
  readonly values: Float64Array;
}

/**
 * Largest ratio by which one filter may amplify the leading vectors over the last: float64 holds 1e16, float32 1e7.
 */
const largestAmplification = { float64: 1e12, float32: 1e6 } as const;
/** What rounding leaves of a residual, as a share of the largest eigenvalue. */
const leastResidual = { float64: 1e-13, float32: 2e-6 } as const;
const largestDegree = 12;

/** What the steps of one solve share. */
interface Solve {
  readonly gram: SymmetricOperator;
  readonly size: number;
  readonly pacer: Pacer;
  readonly precision: GramPrecision;
}

/**
 * The `count` largest eigenvalues of a positive semi-definite matrix with their vectors, by Chebyshev-filtered subspace
 * iteration (Zhou, Saad, Tiago and Chelikowsky 2006, Journal of Computational Physics 219): each round multiplies a
 * block of somewhat more than `count` vectors by a Chebyshev polynomial of G that is small on the unwanted end of the
 * spectrum and grows fast above it, makes the block orthonormal, and solves the eigenproblem within it. Vectors that
 * have converged are locked: later rounds only keep the others orthogonal to them, which narrows both the block and the
 * range of the filter.
 * @param g row-major [size, size], symmetric
 */
export async function leadingEigen(
  g: Float64Array,
  size: number,
  count: number,
  options: {
    rng: RandomStream;
    rounds: number;
    tolerance: number;
    pacer: Pacer;
    /** Of the products with G; "float64" by default. */
    precision?: GramPrecision;
    threads?: ProductThreads | undefined;
  },
): Promise<LeadingEigen> {
  const { pacer, threads, precision = "float64" } = options;
  const width = Math.min(size, count + Math.max(20, Math.ceil(count / 8)));
  const gram = new SymmetricOperator(g, size, width, pacer, { precision, threads });
  try {
    return await iterate({ gram, size, pacer, precision }, count, width, options);
  } finally {
    await gram.close();
  }
}

async function iterate(
  solve: Solve,
  count: number,
  width: number,
  options: { rng: RandomStream; rounds: number; tolerance: number },
): Promise<LeadingEigen> {
  const { size } = solve;
  const { tolerance } = options;
  const values = new Float64Array(width);
  const vectors = new Float64Array(width * size);
  const start = new Float64Array(width * size);
  for (let i = 0; i < start.length; i++) start[i] = options.rng.normal();
  let locked = 0;
  let active = await ritz(solve, await solve.gram.apply(start, width), width);
  let residuals = residualsOf(active, size);
  for (let round = 1; ; round++) {
    values.set(active.values, locked);
    vectors.set(active.vectors, locked * size);
    const least = Math.max(values[width - 1], values[0] * 1e-12);
    const worst = worstRelative(residuals, active.values, count - locked, values[0]);
    if (round >= options.rounds || worst <= tolerance) {
      return { values: values.slice(0, count), vectors: vectors.slice(0, count * size), residual: worst };
    }
    // A locked vector's error couples into the others by its absolute residual.
    const enough = Math.max(0.03 * tolerance * least, values[0] * leastResidual[solve.precision]);
    let done = 0;
    while (locked + done < count && residuals[done] <= enough) done++;
    locked += done;
    active = dropFirst(active, done, size);
    const held = vectors.subarray(0, locked * size);
    const filtered = await filter(solve, active, held, least);
    active = await ritz(solve, filtered, active.width);
    residuals = residualsOf(active, size);
  }
}

function dropFirst(block: Block, count: number, size: number): Block {
  return {
    width: block.width - count,
    values: block.values.slice(count),
    vectors: block.vectors.slice(count * size),
    images: block.images.slice(count * size),
  };
}

/** Orthonormal rows with the same span: twice Cholesky QR, which is orthogonal to rounding. */
async function orthonormal(v: Float64Array, rows: number, size: number, pacer: Pacer): Promise<Float64Array> {
  let current = v;
  for (let pass = 0; pass < 2; pass++) {
    normaliseRows(current, rows, size);
    const overlaps = await times(new RightOperand(current, size, rows, true), current, rows, pacer);
    current = await times(
      new RightOperand(current, rows, size),
      inverseCholesky(overlaps, rows),
      rows,
      pacer,
    );
  }
  return current;
}

function normaliseRows(v: Float64Array, rows: number, size: number): void {
  for (let i = 0; i < rows; i++) {
    const line = v.subarray(i * size, (i + 1) * size);
    let sum = 0;
    for (let j = 0; j < size; j++) sum += line[j] * line[j];
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let j = 0; j < size; j++) line[j] *= scale;
  }
}

/** Inverse of the lower Cholesky factor; rows that depend on earlier ones to rounding become zero. */
function inverseCholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (j < i) l[i * n + j] = l[j * n + j] > 0 ? sum / l[j * n + j] : 0;
      else l[i * n + i] = sum > 1e-14 ? Math.sqrt(sum) : 0;
    }
    const pivot = l[i * n + i];
    if (pivot === 0) continue;
    for (let k = 0; k < i; k++) {
      const factor = l[i * n + k];
      if (factor === 0) continue;
      for (let j = 0; j <= k; j++) inverse[i * n + j] -= factor * inverse[k * n + j];
    }
    for (let j = 0; j < i; j++) inverse[i * n + j] /= pivot;
    inverse[i * n + i] = 1 / pivot;
  }
  return inverse;
}

/** Rayleigh-Ritz: the eigenpairs of G within the span of the given rows. */
async function ritz(solve: Solve, rows: Float64Array, width: number): Promise<Block> {
  const { gram, size, pacer } = solve;
  const v = await orthonormal(rows, width, size, pacer);
  const images = await gram.apply(v, width);
  const small = await times(new RightOperand(v, size, width, true), images, width, pacer);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (small[i * width + j] + small[j * width + i]) / 2;
      small[i * width + j] = mean;
      small[j * width + i] = mean;
    }
  }
  const eigen = await symmetricEigen(small, width, pacer);
  await pacer.pause();
  return {
    width,
    values: eigen.values,
    vectors: await times(new RightOperand(v, width, size), eigen.vectors, width, pacer),
    images: await times(new RightOperand(images, width, size), eigen.vectors, width, pacer),
  };
}

/** T_m(2 G / beta - 1) applied to the block's vectors, orthogonal to the locked ones. */
async function filter(solve: Solve, block: Block, locked: Float64Array, beta: number): Promise<Float64Array> {
  const { gram, size, precision } = solve;
  const reach = Math.acosh(Math.max((2 * block.values[0]) / beta - 1, 1 + 1e-9));
  const wanted = Math.floor(Math.acosh(largestAmplification[precision]) / reach);
  const degree = Math.min(largestDegree, Math.max(1, wanted));
  let previous = block.vectors;
  let current: Float64Array = new Float64Array(block.width * size);
  for (let i = 0; i < current.length; i++) current[i] = (2 / beta) * block.images[i] - previous[i];
  await makeOrthogonal(current, locked, block.width, solve);
  for (let step = 2; step <= degree; step++) {
    const next = await gram.apply(current, block.width);
    for (let i = 0; i < next.length; i++) {
      next[i] = 2 * ((2 / beta) * next[i] - current[i]) - previous[i];
    }
    await makeOrthogonal(next, locked, block.width, solve);
    previous = current;
    current = next;
  }
  return current;
}

/** Takes from each row its part in the span of the orthonormal rows `locked`. */
async function makeOrthogonal(
  rows: Float64Array,
  locked: Float64Array,
  width: number,
  { size, pacer }: Solve,
): Promise<void> {
  const count = locked.length / size;
  if (count === 0) return;
  const overlaps = await times(new RightOperand(locked, size, count, true), rows, width, pacer);
  const parts = await times(new RightOperand(locked, count, size), overlaps, width, pacer);
  for (let i = 0; i < rows.length; i++) rows[i] -= parts[i];
}

/** |G v - value v| of each vector of the block. */
function residualsOf(block: Block, size: number): Float64Array {
  return block.values.map((value, i) => {
    let sum = 0;
    for (let p = i * size; p < (i + 1) * size; p++) {
      sum += (block.images[p] - value * block.vectors[p]) ** 2;
    }
    return Math.sqrt(sum);
  });
}

/** Largest residual / value among the first `count`, leaving out values that are zero to rounding. */
function worstRelative(residuals: Float64Array, values: Float64Array, count: number, top: number): number {
  let worst = 0;
  for (let i = 0; i < count; i++) {
    if (values[i] > top * 1e-12) worst = Math.max(worst, residuals[i] / values[i]);
  }
  return worst;
}
