import type { Matrix } from "../core/matrix.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";

export interface FitOptions extends LongRunOptions {
  /** Source of every random choice of the fit. */
  readonly rng: RandomStream;
}

/** A representation after it has seen its training rows. */
export interface FittedRepresentation {
  /** Numbers per row. */
  readonly dimensions: number;
  /** Represents rows of the width it was fitted on: [rows, dimensions]. */
  transform(m: Matrix): Matrix;
}

/** A way to turn weight vectors into vectors: fitted on some checkpoints, applied to any. */
export interface Representation {
  /** Name in tables, e.g. "svd-50". */
  readonly name: string;
  fit(train: Matrix, options: FitOptions): Promise<FittedRepresentation>;
}
