import type { LongRunOptions } from "../core/progress.js";
import type { NetworkSpec, WeightLayout } from "../networks/types.js";
import type { FileHash } from "./manifest.js";
import type { Columns } from "./parquet.js";
import type { ImportedZoo } from "./zoo.js";

/** What is known of a zoo that others trained; a field that its source leaves open is left out. */
export interface ImportedZooSpec {
  /** Letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  readonly dataset: { readonly name: string };
  /** The network of all models; left out where they differ, and where the source does not say. */
  readonly network?: NetworkSpec;
  /** Epochs of the checkpoints, where all models have the same ones. */
  readonly checkpoints?: readonly number[];
}

/** Where an imported zoo comes from. */
export interface ZooSource {
  /** E.g. "unterthiner" or "nws". */
  readonly format: string;
  /** The files read, by path within the imported folder, with the SHA-256 of each. */
  readonly files: readonly FileHash[];
}

/** All of an imported zoo. Rows (checkpoints) are ordered by model (0, 1, 2, ...), then by epoch, in facts and weights. */
export interface ImportedZooContent {
  readonly spec: ImportedZooSpec;
  readonly source: ZooSource;
  /** The layout of every model, or a function that tells it by model where models differ. */
  readonly layout: WeightLayout | ((model: number) => WeightLayout);
  /**
   * One entry a row in each column, all columns of `ZooFacts` among them. What the source does not say is NaN, "" or,
   * for whole numbers, -1. Further columns of the source may follow.
   */
  readonly facts: Columns;
  /** The weights of all rows behind each other, cut into pieces anywhere; taken one at a time, so it may stream. */
  readonly weights: Iterable<Float32Array> | AsyncIterable<Float32Array>;
}

/**
 * Writes an imported zoo as a finished zoo folder that openZoo reads and verifyZoo checks: the merged pair and the
 * manifest, without shards. Memory holds the facts and one piece of weights. When the zoo is in `folder` already, and
 * whole, it is opened and nothing is read from `weights`. Its key is the hash of source and specification.
 * @returns the zoo, opened
 * @throws DataError when facts and weights do not fit each other or a column is missing; StoreError when the folder
 *   holds another zoo or cannot be written; InterruptedError on abort, with nothing half-written left
 */
export declare function writeImportedZoo(
  folder: string,
  content: ImportedZooContent,
  options?: LongRunOptions,
): Promise<ImportedZoo>;
