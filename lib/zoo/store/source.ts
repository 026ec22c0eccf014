import type { NetworkSpec } from "../../networks/types.js";

/** A file of a zoo, by its path within the folder, and the SHA-256 of its content. */
export interface FileHash {
  readonly file: string;
  readonly sha256: string;
}

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
