import type { Matrix } from "../../core/matrix.js";
import type { WeightLayout } from "../../networks/types.js";
import type { FactsRow, ZooFacts } from "../facts.js";
import type { ZooSpec } from "../types.js";
import type { ZooData } from "./identity.js";
import type { ImportedZooSpec, ZooSource } from "./source.js";

/** Some checkpoints of a zoo: their weights (rows = checkpoints) and facts, row by row. */
export interface Checkpoints {
  readonly weights: Matrix;
  readonly facts: ZooFacts;
}

/** Consecutive checkpoints of a zoo. */
export interface WeightChunk {
  /** Row of the zoo that is row 0 of `weights`. */
  readonly first: number;
  readonly weights: Matrix;
}

/** The weights of one checkpoint. */
export interface RowVector {
  readonly row: number;
  readonly vector: Float32Array;
}

/** What every zoo has: all checkpoints of all models, in the order of model, then epoch. */
export interface CommonZoo extends Checkpoints {
  readonly folder: string;
  readonly key: string;
  /** What the models were really trained on; `standsInFor` names what was asked for where it was not found. */
  readonly data: ZooData;
  /** Whether the models may differ in the shape of their network; then there is no one `layout` and no matrix. */
  readonly isMixed: boolean;
  /**
   * Where each tensor stands in a row of `weights`.
   * @throws SpecError "zoo/mixed" for a mixed zoo; use layoutOf
   */
  readonly layout: WeightLayout;
  readonly models: number;
  /** 0 where it differs from model to model. */
  readonly checkpointsPerModel: number;
  /** Epochs of the checkpoints of each model, ascending; where models differ, all that occur. */
  readonly epochs: readonly number[];
  /** Models of which a checkpoint diverged. */
  readonly diverged: readonly number[];
  /**
   * checkpoints x parameters; read from disk when it is first asked for, and kept.
   * @throws SpecError "zoo/mixed" for a mixed zoo; StoreError "zoo/large" when it does not fit into memory; use chunks
   *   or vectors
   */
  readonly weights: Matrix;
  readonly facts: ZooFacts;
  /** Where each tensor stands in the vectors of one model. */
  layoutOf(model: number): WeightLayout;
  /**
   * The weights of one checkpoint, read from disk.
   * @throws SpecError "zoo/row" when there is no such row
   */
  weightsOf(row: number): Float32Array;
  /**
   * All weights in order, `rows` checkpoints at a time (by default about 4 MiB), so that memory holds a chunk only.
   * Chunks are the caller's own.
   * @throws SpecError "zoo/mixed" for a mixed zoo; use vectors; InterruptedError when the cell is interrupted
   */
  chunks(options?: { readonly rows?: number }): AsyncIterable<WeightChunk>;
  /**
   * The weights of one checkpoint after the other, in order; memory holds about 4 MiB of them. For every zoo.
   * @throws InterruptedError when the cell is interrupted
   */
  vectors(): AsyncIterable<RowVector>;
  /** Indices of the rows for which the predicate holds, e.g. `zoo.rowsWhere((row) => row.epoch === 50)`. */
  rowsWhere(predicate: (row: FactsRow) => boolean): Int32Array;
  /**
   * The given rows, or those for which a predicate holds, in a new matrix and table. Only these are read from disk.
   * @throws SpecError "zoo/row" when there is no such row, "zoo/mixed" when their networks differ
   */
  select(rows: ArrayLike<number> | ((row: FactsRow) => boolean)): Checkpoints;
}

/** A zoo that was trained here. */
export interface TrainedZoo extends CommonZoo {
  readonly kind: "trained";
  readonly spec: ZooSpec;
}

/** A zoo that others trained; `spec` is what its source says of it. */
export interface ImportedZoo extends CommonZoo {
  readonly kind: "imported";
  readonly spec: ImportedZooSpec;
  readonly source: ZooSource;
}

export type Zoo = TrainedZoo | ImportedZoo;
