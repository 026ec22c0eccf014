import { createHash } from "node:crypto";
import { relative, resolve } from "node:path";
import { InterruptedError } from "../../core/errors.js";
import { canonicalJson, sha256, sha256File } from "../../core/hash.js";
import type { LongRunOptions } from "../../core/progress.js";
import { writeImportedZoo } from "../imported.js";
import type { FileHash } from "../manifest.js";
import type { Columns } from "../parquet.js";
import type { ImportedZoo } from "../zoo.js";
import type { ImportSource } from "./source.js";

/** Options of every import. */
export interface ImportOptions extends LongRunOptions {
  /** Where the zoo is written. */
  readonly folder: string;
  /** Its name; that of the format when left out. */
  readonly name?: string;
}

/** Numbers of a piece of weights: about 1 MiB. */
const pieceLength = 1 << 18;

/** So many source files are listed one by one; more are listed as one, by the hash of their names and hashes. */
const mostListedFiles = 64;

/**
 * Writes a source as a zoo folder. A checkpoint with a weight that is not finite counts as diverged.
 * @param root folder or file that was imported; file names in the manifest are relative to it
 * @throws as writeImportedZoo, and what the source throws as it is read
 */
export async function writeSource(
  source: ImportSource,
  root: string,
  { folder, name, signal, onProgress }: ImportOptions,
): Promise<ImportedZoo> {
  const [only] = source.networks;
  const network = source.networks.length === 1 ? only.network : undefined;
  const checkpoints = commonEpochs(source);
  const datasets = [...new Set(source.facts.dataset as readonly string[])];
  return writeImportedZoo(
    folder,
    {
      spec: {
        name: name ?? source.name,
        dataset: { name: datasets.join("+") },
        ...(network ? { network } : {}),
        ...(checkpoints ? { checkpoints } : {}),
      },
      source: { format: source.format, files: await hashFiles(source, root, signal) },
      layout:
        source.networks.length === 1
          ? only.layout
          : (model) => source.networks[source.networkOfModel[model]].layout,
      facts: source.facts,
      weights: pieces(source),
    },
    { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) },
  );
}

/** Epochs of the checkpoints when all models have the same ones. */
function commonEpochs({ facts, networkOfModel }: ImportSource): readonly number[] | undefined {
  const epochs = facts.epoch as Int32Array;
  const perModel = epochs.length / networkOfModel.length;
  if (!Number.isInteger(perModel)) return undefined;
  const first = epochs.subarray(0, perModel);
  const model = facts.model as Int32Array;
  const isCommon = epochs.every(
    (epoch, row) => epoch === first[row % perModel] && model[row] === Math.floor(row / perModel),
  );
  return isCommon ? [...first] : undefined;
}

/** Hashes of the files read, and of the facts, so that another choice of models or epochs is another zoo. */
async function hashFiles(
  source: ImportSource,
  root: string,
  signal: AbortSignal | undefined,
): Promise<FileHash[]> {
  const files: FileHash[] = [];
  for (const path of source.files) {
    if (signal?.aborted) throw new InterruptedError(`importing ${root}`);
    const name = relative(root, resolve(path)) || path;
    files.push({ file: name, sha256: await sha256File(path) });
  }
  const selection = { file: "(facts of the checkpoints chosen)", sha256: hashColumns(source.facts) };
  if (files.length <= mostListedFiles) return [...files, selection];
  return [{ file: `(${files.length} files)`, sha256: sha256(canonicalJson(files)) }, selection];
}

function hashColumns(columns: Columns): string {
  const hash = createHash("sha256");
  for (const [name, column] of Object.entries(columns)) {
    hash.update(`\n${JSON.stringify(name)}\n`);
    if (column instanceof Int32Array || column instanceof Float64Array) {
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    } else {
      for (const value of column) hash.update(`${JSON.stringify(value)}\n`);
    }
  }
  return hash.digest("hex");
}

/** The weights of all rows in pieces of about a MiB; flags checkpoints that are not finite in the facts. */
function* pieces(source: ImportSource): Generator<Float32Array> {
  const diverged = source.facts.diverged as boolean[];
  let piece = new Float32Array(pieceLength);
  let filled = 0;
  let row = 0;
  for (const weights of source.weights()) {
    if (!weights.every(Number.isFinite)) diverged[row] = true;
    row += 1;
    if (filled + weights.length > piece.length) {
      if (filled > 0) yield piece.subarray(0, filled);
      piece = new Float32Array(Math.max(pieceLength, weights.length));
      filled = 0;
    }
    piece.set(weights, filled);
    filled += weights.length;
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
