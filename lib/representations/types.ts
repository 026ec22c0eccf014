import type { Matrix } from "../core/matrix.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import type { NetworkSpec, WeightLayout } from "../networks/types.js";

/** Weight vectors of networks of one shape, one a row: what representations are fitted on and applied to. */
export interface WeightRows {
  /** [rows, parameters]. */
  readonly weights: Matrix;
  /** Where each tensor stands in a row. */
  readonly layout: WeightLayout;
  /** The network; permutations of its neurons need it. Imported weights may come without. */
  readonly network?: NetworkSpec;
}

export interface FitOptions extends LongRunOptions {
  /** Source of every random choice of the fit. */
  readonly rng: RandomStream;
  /** Rows to watch a training by; representations that are not trained leave them aside. */
  readonly validation?: WeightRows;
}

/** A representation after it has seen its training rows. */
export interface FittedRepresentation {
  /** Numbers per row. */
  readonly dimensions: number;
  /**
   * Represents rows of the layout it was fitted on: [rows, dimensions].
   * @throws SpecError "representation/layout" for rows of another layout; DataError "representation/nan"; InterruptedError
   */
  transform(rows: WeightRows, options?: LongRunOptions): Promise<Matrix>;
}

/** A way to turn weight vectors into vectors: fitted on some checkpoints, applied to any. */
export interface Representation {
  /** Name in tables, e.g. "svd-50". */
  readonly name: string;
  /**
   * @throws SpecError "representation/empty" without rows; DataError "representation/nan" for weights that are not
   *   finite; InterruptedError
   */
  fit(train: WeightRows, options: FitOptions): Promise<FittedRepresentation>;
}
