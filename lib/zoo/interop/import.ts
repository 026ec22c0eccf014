import type { ImportedZoo } from "../store/zoo-kinds.js";
import { type CheckpointsOptions, openCheckpoints } from "./checkpoints.js";
import type { ImportSelection } from "./facts-csv.js";
import { type MatrixOptions, openMatrixZoo } from "./matrix.js";
import { type NwsOptions, openNws } from "./nws.js";
import { openUnterthiner } from "./unterthiner.js";
import { type ImportOptions, writeSource } from "./write.js";

/**
 * Imports a folder of the Small CNN Zoo (Unterthiner et al. 2020); see openUnterthiner for the format and what the
 * facts are. Weights are streamed: memory holds the table of facts and about a MiB of weights.
 * @param source folder with weights.npy, metrics.csv(.gz) and layout.csv
 * @returns the zoo in `options.folder`, opened
 * @throws DataError naming the file (and line) at fault; else as writeImportedZoo; nothing half-written is left
 */
export async function importUnterthiner(
  source: string,
  { folder, name, signal, onProgress, ...select }: ImportOptions & ImportSelection,
): Promise<ImportedZoo> {
  const opened = await openUnterthiner(source, select);
  return writeSource(opened, source, { folder, name, signal, onProgress });
}

/**
 * Imports a folder of the neural weight space data set (Eilertsen et al. 2020); see openNws. The zoo is of mixed
 * architectures unless all models have the same.
 * @throws as importUnterthiner
 */
export async function importNws(
  source: string,
  { folder, name, signal, onProgress, ...select }: ImportOptions & NwsOptions,
): Promise<ImportedZoo> {
  return writeSource(await openNws(source, select), source, { folder, name, signal, onProgress });
}

/**
 * Imports checkpoints in safetensors files, one a file or all in one; see openCheckpoints for names and facts.
 * @param source file or folder
 * @throws as importUnterthiner
 */
export async function importCheckpoints(
  source: string,
  { folder, name, signal, onProgress, ...select }: ImportOptions & CheckpointsOptions,
): Promise<ImportedZoo> {
  return writeSource(await openCheckpoints(source, select), source, { folder, name, signal, onProgress });
}

/**
 * Imports a .npy matrix whose rows are checkpoints, with a CSV file of facts; see openMatrixZoo.
 * @param source the .npy file
 * @throws as importUnterthiner
 */
export async function importMatrix(
  source: string,
  { folder, name, signal, onProgress, ...select }: ImportOptions & MatrixOptions,
): Promise<ImportedZoo> {
  return writeSource(await openMatrixZoo(source, select), source, { folder, name, signal, onProgress });
}
