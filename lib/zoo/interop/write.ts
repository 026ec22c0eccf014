import { existsSync, rmSync, statSync } from "node:fs";
import { dirname, relative } from "node:path";
import { canonicalJson, sha256, sha256File } from "../../core/hash.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { WeightLayout } from "../../networks/types.js";
import { type ImportedZooContent, writeImportedZoo } from "../store/imported.js";
import type { FileHash } from "../store/source.js";
import type { ImportedZoo } from "../store/zoo-kinds.js";
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
  const network = source.networks.length === 1 ? source.networks[0].network : undefined;
  const checkpoints = commonEpochs(source);
  const datasets = [...new Set(source.facts.dataset as readonly string[])];
  const content: ImportedZooContent = {
    spec: {
      name: name ?? source.name,
      dataset: { name: datasets.join(" + ") },
      ...(network ? { network } : {}),
      ...(checkpoints ? { checkpoints } : {}),
    },
    source: { format: source.format, files: await hashFiles(source, root, signal) },
    layout: sharedLayout(source) ?? ((model) => source.networks[source.networkOfModel[model]].layout),
    facts: source.facts,
    weights: pieces(source, signal),
  };
  const wasThere = existsSync(folder);
  try {
    return await writeImportedZoo(folder, content, {
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  } catch (cause) {
    if (!wasThere) rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}

/** The layout of all models, where they have the same: networks may differ in their activation alone. */
function sharedLayout({ networks }: ImportSource): WeightLayout | undefined {
  const distinct = new Set(networks.map(({ layout }) => JSON.stringify(layout)));
  return distinct.size === 1 ? networks[0].layout : undefined;
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

/** The files read, with their hashes. */
async function hashFiles(
  source: ImportSource,
  root: string,
  signal: AbortSignal | undefined,
): Promise<FileHash[]> {
  const base = statSync(root).isDirectory() ? root : dirname(root);
  const files: FileHash[] = [];
  for (const path of source.files) {
    files.push({ file: relative(base, path), sha256: await sha256File(path, { signal }) });
  }
  if (files.length <= mostListedFiles) return files;
  return [{ file: `(${files.length} files)`, sha256: sha256(canonicalJson(files)) }];
}

/**
 * The weights of all rows in pieces of about a MiB; flags checkpoints that are not finite in the facts. Files are read
 * without waiting for them, so it lets the event loop run now and then: else nobody would hear of an interrupt.
 */
async function* pieces(source: ImportSource, signal: AbortSignal | undefined): AsyncGenerator<Float32Array> {
  const diverged = source.facts.diverged as boolean[];
  const pacer = new Pacer(`importing ${source.name}`, diverged.length, "checkpoints", { signal });
  let piece = new Float32Array(pieceLength);
  let filled = 0;
  let row = 0;
  for (const weights of source.weights()) {
    if (!isAllFinite(weights)) diverged[row] = true;
    row += 1;
    if (filled + weights.length > piece.length) {
      if (filled > 0) yield piece.subarray(0, filled);
      await pacer.add(0);
      piece = new Float32Array(Math.max(pieceLength, weights.length));
      filled = 0;
    }
    piece.set(weights, filled);
    filled += weights.length;
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** Any NaN or infinity times 0 is NaN, and stays in the sum. */
function isAllFinite(weights: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * 0;
  return sum === 0;
}
