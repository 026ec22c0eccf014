import { join, resolve } from "node:path";
import { DataError } from "../core/errors.js";
import { type Matrix, matrix, takeRows } from "../core/matrix.js";
import type { WeightLayout } from "../networks/types.js";
import { type FactsRow, factsRow, missingColumns, takeFacts, type ZooFacts } from "./facts.js";
import type { ZooData, ZooIdentity } from "./identity.js";
import {
  damaged,
  manifestIdentity,
  mergedTableFile,
  mergedWeightsFile,
  readManifest,
  type ZooManifest,
} from "./manifest.js";
import { readParquet, rowCount } from "./parquet.js";
import { readFloat32 } from "./safetensors.js";
import { checkpointEpochs } from "./spec.js";
import type { ZooSpec } from "./types.js";
import { checkListedFiles } from "./verify.js";

/** Some checkpoints of a zoo: their weights (rows = checkpoints) and facts, row by row. */
export interface Checkpoints {
  readonly weights: Matrix;
  readonly facts: ZooFacts;
}

/** A trained zoo: all checkpoints of all models, in the order of model, then epoch. */
export interface Zoo extends Checkpoints {
  readonly folder: string;
  readonly spec: ZooSpec;
  readonly key: string;
  /** What the models were really trained on; `standsInFor` names what was asked for where it was not found. */
  readonly data: ZooData;
  /** Where each tensor stands in a row of `weights`. */
  readonly layout: WeightLayout;
  readonly models: number;
  readonly checkpointsPerModel: number;
  /** Epochs of the checkpoints of each model, ascending. */
  readonly epochs: readonly number[];
  /** Models of which a checkpoint diverged. */
  readonly diverged: readonly number[];
  /** checkpoints x parameters; read from disk when it is first asked for. */
  readonly weights: Matrix;
  readonly facts: ZooFacts;
  /** Indices of the rows for which the predicate holds, e.g. `zoo.rowsWhere((row) => row.epoch === 50)`. */
  rowsWhere(predicate: (row: FactsRow) => boolean): Int32Array;
  /** The given rows, or those for which a predicate holds, in a new matrix and table. */
  select(rows: ArrayLike<number> | ((row: FactsRow) => boolean)): Checkpoints;
}

/**
 * Opens a finished zoo and checks every file against the manifest.
 * @throws StoreError "zoo/none" when there is no finished zoo; "zoo/damaged" naming the file that is missing or
 *   altered, and how to repair it; "zoo/format" for a zoo of another version
 */
export async function openZoo(folder: string): Promise<Zoo> {
  const place = resolve(folder);
  const manifest = readManifest(place);
  await checkListedFiles(place, manifest);
  const facts = await readFacts(place, manifest);
  return new StoredZoo(place, manifestIdentity(manifest), manifest, facts);
}

async function readFacts(folder: string, manifest: ZooManifest): Promise<ZooFacts> {
  const columns = await readParquet(join(folder, mergedTableFile));
  const missing = missingColumns(columns);
  if (missing.length > 0) throw damaged(folder, mergedTableFile, `it lacks ${missing.join(", ")}`);
  if (rowCount(columns) !== manifest.counts.checkpoints) {
    throw damaged(folder, mergedTableFile, `it has ${rowCount(columns)} rows`);
  }
  return columns as ZooFacts;
}

class StoredZoo implements Zoo {
  readonly spec: ZooSpec;
  readonly key: string;
  readonly data: ZooData;
  readonly layout: WeightLayout;
  readonly models: number;
  readonly checkpointsPerModel: number;
  readonly epochs: readonly number[];
  readonly diverged: readonly number[];
  private loaded: Matrix | undefined;

  constructor(
    readonly folder: string,
    identity: ZooIdentity,
    manifest: ZooManifest,
    readonly facts: ZooFacts,
  ) {
    this.spec = identity.spec;
    this.key = identity.key;
    this.data = identity.data;
    this.layout = identity.layout;
    this.models = manifest.counts.models;
    this.checkpointsPerModel = manifest.counts.checkpointsPerModel;
    this.epochs = checkpointEpochs(identity.spec);
    this.diverged = manifest.diverged;
  }

  get weights(): Matrix {
    this.loaded ??= this.readWeights();
    return this.loaded;
  }

  private readWeights(): Matrix {
    const rows = this.models * this.checkpointsPerModel;
    try {
      const { shape, data } = readFloat32(join(this.folder, mergedWeightsFile), "weights");
      if (shape[0] !== rows) throw new Error(`it has ${shape[0]} rows`);
      return matrix(rows, this.layout.parameters, data);
    } catch (cause) {
      const why =
        cause instanceof DataError ? "it was altered since it was opened" : (cause as Error).message;
      throw damaged(this.folder, mergedWeightsFile, why, cause);
    }
  }

  rowsWhere(predicate: (row: FactsRow) => boolean): Int32Array {
    const rows: number[] = [];
    for (let i = 0; i < this.facts.model.length; i++) if (predicate(factsRow(this.facts, i))) rows.push(i);
    return Int32Array.from(rows);
  }

  select(rows: ArrayLike<number> | ((row: FactsRow) => boolean)): Checkpoints {
    const indices = typeof rows === "function" ? this.rowsWhere(rows) : rows;
    return { weights: takeRows(this.weights, indices), facts: takeFacts(this.facts, indices) };
  }
}
