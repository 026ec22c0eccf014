import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { ImportedZoo } from "../store/zoo-kinds.js";
import { type CheckpointsOptions, openCheckpoints } from "./checkpoints.js";
import type { ImportSelection } from "./facts-csv.js";
import { type MatrixOptions, openMatrixZoo } from "./matrix.js";
import { type NwsOptions, openNws } from "./nws.js";
import { openUnterthiner } from "./unterthiner.js";
import { type ImportOptions, writeSource } from "./write.js";

const everyOption = ["folder", "name", "signal", "onProgress"];
const selectOptions = [...everyOption, "models", "epochs", "split"];

/**
 * Imports a folder of the Small CNN Zoo (Unterthiner et al. 2020); see openUnterthiner for the format and what the
 * facts are. Weights are streamed: memory holds the table of facts and about a MiB of weights.
 * @param source folder with weights.npy, metrics.csv(.gz) and layout.csv
 * @returns the zoo in `options.folder`, opened
 * @throws DataError naming the file (and line) at fault; SpecError for an option that is not known; else as
 *   writeImportedZoo; nothing half-written is left
 */
export async function importUnterthiner(
  source: string,
  options: ImportOptions & ImportSelection,
): Promise<ImportedZoo> {
  checkOptions(options, selectOptions, "importUnterthiner");
  const { folder, name, onProgress, ...select } = interruptible(options);
  const opened = await openUnterthiner(source, select);
  return writeSource(opened, source, { folder, name, signal: select.signal, onProgress });
}

/**
 * Imports a folder of the neural weight space data set (Eilertsen et al. 2020); see openNws. The zoo is of mixed
 * architectures unless all models have the same.
 * @throws as importUnterthiner
 */
export async function importNws(source: string, options: ImportOptions & NwsOptions): Promise<ImportedZoo> {
  checkOptions(options, [...everyOption, "models", "snapshots", "split"], "importNws");
  const { folder, name, onProgress, ...select } = interruptible(options);
  return writeSource(await openNws(source, select), source, {
    folder,
    name,
    signal: select.signal,
    onProgress,
  });
}

/**
 * Imports checkpoints in safetensors files, one a file or all in one; see openCheckpoints for names and facts.
 * @param source file or folder
 * @throws as importUnterthiner
 */
export async function importCheckpoints(
  source: string,
  options: ImportOptions & CheckpointsOptions,
): Promise<ImportedZoo> {
  checkOptions(options, [...selectOptions, "pattern", "order", "network"], "importCheckpoints");
  const { folder, name, onProgress, ...select } = interruptible(options);
  return writeSource(await openCheckpoints(source, select), source, {
    folder,
    name,
    signal: select.signal,
    onProgress,
  });
}

/**
 * Imports a .npy matrix whose rows are checkpoints, with a CSV file of facts; see openMatrixZoo.
 * @param source the .npy file
 * @throws as importUnterthiner
 */
export async function importMatrix(
  source: string,
  options: ImportOptions & MatrixOptions,
): Promise<ImportedZoo> {
  checkOptions(options, [...selectOptions, "facts", "network"], "importMatrix");
  const { folder, name, onProgress, ...select } = interruptible(options);
  return writeSource(await openMatrixZoo(source, select), source, {
    folder,
    name,
    signal: select.signal,
    onProgress,
  });
}
