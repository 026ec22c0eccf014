import type { NetworkSpec, WeightLayout } from "../../networks/types.js";
import type { Columns } from "../store/parquet.js";

/** Formats that can be imported. */
export type ImportFormat = "unterthiner" | "nws" | "npy" | "safetensors";

/** A network of imported checkpoints: where its tensors stand, and what it computes where that is known. */
export interface ImportedNetwork {
  readonly layout: WeightLayout;
  /** Undefined where the source says nothing but the weights. Its activation may differ from model to model. */
  readonly network?: NetworkSpec;
}

/** Checkpoints of foreign origin, ready to be written as a zoo: the facts at once, the weights row by row. */
export interface ImportSource {
  readonly name: string;
  readonly format: ImportFormat;
  /** All different networks; most sources have one. */
  readonly networks: readonly ImportedNetwork[];
  /** Index into `networks` of each model. */
  readonly networkOfModel: Int32Array;
  /** One entry a checkpoint, in the order of model (0, 1, ...), then epoch: the columns of completeFacts. */
  readonly facts: Columns;
  /** Every file that facts and weights come from. */
  readonly files: readonly string[];
  /**
   * The weights of each checkpoint in the order of `facts`, in our layout. A row is only valid until the next one is
   * asked for. Files that it holds open are closed when it ends or is left.
   */
  weights(): Iterable<Float32Array>;
}
