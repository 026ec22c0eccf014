import { join, resolve } from "node:path";
import { interruptible } from "../../core/interrupt.js";
import type { StopOptions } from "../../core/progress.js";
import { missingColumns, type ZooFacts } from "../facts.js";
import { parseZooSpec } from "../spec/spec.js";
import { parseLayouts } from "./layouts.js";
import { damaged, mergedTableFile, mergedWeightsFile, readManifest, type ZooManifest } from "./manifest.js";
import { readParquet, rowCount } from "./parquet.js";
import { readHeader } from "./safetensors.js";
import { StoredZoo } from "./stored-zoo.js";
import { checkListedFiles } from "./verify.js";
import type { Zoo } from "./zoo-kinds.js";

export type {
  Checkpoints,
  CommonZoo,
  ImportedZoo,
  RowVector,
  TrainedZoo,
  WeightChunk,
  Zoo,
} from "./zoo-kinds.js";

/**
 * Opens a finished zoo and checks every file against the manifest.
 * @throws StoreError "zoo/none" when there is no finished zoo; "zoo/damaged" naming the file that is missing or
 *   altered, and how to repair it; "zoo/format" for a zoo of another version; InterruptedError
 */
export async function openZoo(folder: string, stop: StopOptions = {}): Promise<Zoo> {
  const options = interruptible(stop);
  const place = resolve(folder);
  const manifest = readManifest(place);
  await checkListedFiles(place, manifest, options);
  const facts = await readFacts(place, manifest, options);
  const header = readHeader(join(place, mergedWeightsFile));
  const stored = new StoredZoo(place, manifest, parseLayouts(header.metadata), header, facts);
  if (manifest.kind === "imported") {
    const { spec, source } = manifest;
    return Object.assign(stored, { kind: "imported", spec, source } as const);
  }
  return Object.assign(stored, { kind: "trained", spec: parseZooSpec(manifest.spec) } as const);
}

async function readFacts(folder: string, manifest: ZooManifest, options: StopOptions): Promise<ZooFacts> {
  const { kind } = manifest;
  const columns = await readParquet(join(folder, mergedTableFile), options);
  const missing = missingColumns(columns);
  if (missing.length > 0) throw damaged(folder, mergedTableFile, `it lacks ${missing.join(", ")}`, { kind });
  if (rowCount(columns) !== manifest.counts.checkpoints) {
    throw damaged(folder, mergedTableFile, `it has ${rowCount(columns)} rows`, { kind });
  }
  return columns as ZooFacts;
}
