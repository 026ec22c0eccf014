import { SpecError } from "../core/errors.js";
import type { RandomStream } from "../core/random.js";
import { limitsOf } from "./initializers.js";
import { volume } from "./layout.js";
import { orthonormalRows } from "./orthonormal.js";
import type { InitializerName, InitializerOptions } from "./types.js";

/** Inputs and outputs that meet in one weight's layer; a convolution's count the kernel's area. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Fans of a kernel [outputs, inputs] or [filters, channels, height, width]. */
export function fansOf(shape: readonly number[]): Fans {
  return { fanIn: volume(shape.slice(1)), fanOut: shape[0] * volume(shape.slice(2)) };
}

/**
 * Draws a kernel, row-major.
 * @param kernel to be filled; all zeros
 * @param layer index, which the errors name
 * @throws SpecError where the kernel's shape does not suit the initialiser
 */
export function fillKernel(
  kernel: Float32Array,
  shape: readonly number[],
  layer: number,
  initializer: InitializerOptions,
  rng: RandomStream,
): void {
  checkKernelShape(initializer.type, shape, layer);
  switch (initializer.type) {
    case "orthogonal":
      fillOrthogonal(kernel, shape[0], initializer.gain ?? 1, rng);
      break;
    case "sparse":
      fillSparse(kernel, shape, initializer, rng);
      break;
    case "eye":
      fillEye(kernel, shape);
      break;
    case "dirac":
      fillDirac(kernel, shape);
      break;
    default: {
      const draw = sampler(initializer, fansOf(shape), rng);
      for (let i = 0; i < kernel.length; i++) kernel[i] = draw();
    }
  }
}

/**
 * Checks that an initialiser suits a kernel, by torch's rules: "eye" and "sparse" are for dense layers, "dirac" for
 * convolutions.
 * @param layer index, which the error names
 * @throws SpecError where it does not
 */
export function checkKernelShape(type: InitializerName, shape: readonly number[], layer: number): void {
  const dimensions = type === "dirac" ? 4 : type === "eye" || type === "sparse" ? 2 : shape.length;
  if (shape.length === dimensions) return;
  const suited = dimensions === 4 ? "convolutions" : "dense layers";
  throw new SpecError(
    "network/initializer",
    `initializer ${type} is for ${suited} only, but layer ${layer} has a kernel of ${shape.join(" x ")}; choose another, e.g. orthogonal`,
    { value: type },
  );
}

/** What draws weights one like another: all but the initialisers that look at a kernel's shape. */
export function sampler(
  initializer: InitializerOptions,
  { fanIn, fanOut }: Fans,
  rng: RandomStream,
): () => number {
  const { type, gain, mode, mean = 0, deviation = 1, value } = initializer;
  // By default the square of sqrt(2), without its rounding.
  const squaredGain = gain === undefined ? 2 : gain * gain;
  const kaiming = Math.sqrt(squaredGain / (mode === "fan-out" ? fanOut : fanIn));
  const xavier = Math.sqrt((2 * (gain ?? 1) ** 2) / (fanIn + fanOut));
  const within = (bound: number) => () => rng.uniform(-bound, bound);
  // A uniform variable within +-b has deviation b / sqrt(3).
  const symmetric = (spread: number) => within(Math.sqrt(3) * spread);
  switch (type) {
    case "kaiming-normal":
      return () => rng.normal(0, kaiming);
    case "kaiming-uniform":
      return symmetric(kaiming);
    case "xavier-normal":
      return () => rng.normal(0, xavier);
    case "xavier-uniform":
      return symmetric(xavier);
    case "normal":
      return () => rng.normal(mean, deviation);
    case "uniform": {
      const { low, high } = limitsOf(initializer);
      return () => rng.uniform(low, high);
    }
    case "truncated-normal":
      return truncatedNormal(initializer, rng);
    case "torch-default":
      // kaiming-uniform with torch's a = sqrt(5): gain sqrt(2 / (1 + 5)), bound sqrt(3) gain / sqrt(fan-in).
      return within(1 / Math.sqrt(fanIn));
    case "zeros":
      return () => 0;
    case "ones":
      return () => 1;
    case "constant":
      return () => value!;
    default:
      throw new SpecError("network/initializer", `${type} draws whole kernels, not single weights`, {
        value: type,
      });
  }
}

/** Draws until one lies within the limits, which hold no vanishing share of all: see parseInitializer. */
function truncatedNormal(initializer: InitializerOptions, rng: RandomStream): () => number {
  const { mean = 0, deviation = 1 } = initializer;
  const { low, high } = limitsOf(initializer);
  return () => {
    for (;;) {
      const value = rng.normal(mean, deviation);
      if (value >= low && value <= high) return value;
    }
  };
}

/** Rows, or columns where there are more rows, that are orthonormal times the gain (Saxe et al. 2013). */
function fillOrthogonal(kernel: Float32Array, rows: number, gain: number, rng: RandomStream): void {
  const cols = kernel.length / rows;
  // As torch does: a tall matrix's columns are orthonormalised, a wide one's transposed.
  const [short, long] = rows < cols ? [rows, cols] : [cols, rows];
  const basis = orthonormalRows(short, long, rng);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      kernel[r * cols + c] = gain * (rows < cols ? basis[r * long + c] : basis[c * long + r]);
    }
  }
}

/** N(0, deviation) with a share of zeros, rounded up, in each column: as many of each input's weights. */
function fillSparse(
  kernel: Float32Array,
  [rows, cols]: readonly number[],
  { sparsity = 0.1, deviation = 0.01 }: InitializerOptions,
  rng: RandomStream,
): void {
  for (let i = 0; i < kernel.length; i++) kernel[i] = rng.normal(0, deviation);
  const zeros = Math.ceil(sparsity * rows);
  for (let col = 0; col < cols; col++) {
    for (const row of rng.permutation(rows).subarray(0, zeros)) kernel[row * cols + col] = 0;
  }
}

function fillEye(kernel: Float32Array, [rows, cols]: readonly number[]): void {
  for (let i = 0; i < Math.min(rows, cols); i++) kernel[i * cols + i] = 1;
}

/** Filter i passes channel i through: a one in the middle of its kernel. */
function fillDirac(kernel: Float32Array, [filters, channels, height, width]: readonly number[]): void {
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  for (let i = 0; i < Math.min(filters, channels); i++) {
    kernel[(i * channels + i) * height * width + middle] = 1;
  }
}
