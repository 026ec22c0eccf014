import { createHash } from "node:crypto";
import { copyFileSync, createReadStream, linkSync, renameSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../core/errors.js";
import { removeQuietly, temporaryName, writeChunksAtomic, writeError } from "../core/files.js";
import { identityMetadata, type ZooIdentity } from "./identity.js";
import {
  makeManifest,
  mergedTableFile,
  mergedWeightsFile,
  writeManifest,
  type ZooManifest,
} from "./manifest.js";
import { type Columns, parquetChunks, readParquet, stackColumns } from "./parquet.js";
import { encodeHeader, readHeader } from "./safetensors.js";
import { type ShardRecord, weightsTensor } from "./shard.js";
import { checkpointEpochs } from "./spec.js";

/** Shards whose tables make one row group of the merged table. */
const shardsPerRowGroup = 64;

/**
 * Writes the merged pair of files and, last, the manifest. A single shard is linked, not copied.
 * @param records of every shard, in order
 * @throws StoreError when it cannot be written; InterruptedError on abort
 */
export async function mergeShards(
  folder: string,
  identity: ZooIdentity,
  records: readonly ShardRecord[],
  signal?: AbortSignal,
): Promise<ZooManifest> {
  const what = `merging ${identity.spec.name}`;
  const tables: Columns[] = [];
  for (const { shard } of records) {
    throwIfAborted(signal, what);
    tables.push(await readParquet(join(folder, shard.tableFile)));
  }
  if (records.length === 1) linkSingle(folder, records[0]);
  const merged =
    records.length === 1
      ? { weights: records[0].weightsSha256, table: records[0].tableSha256 }
      : {
          weights: await writeHashed(
            join(folder, mergedWeightsFile),
            weightsPieces(folder, identity, records, () => throwIfAborted(signal, what)),
          ),
          table: await writeHashed(join(folder, mergedTableFile), parquetChunks(rowGroups(tables))),
        };
  throwIfAborted(signal, what);
  const manifest = makeManifest(identity, records, merged, divergedModels(tables));
  writeManifest(folder, manifest);
  return manifest;
}

async function* weightsPieces(
  folder: string,
  identity: ZooIdentity,
  records: readonly ShardRecord[],
  check: () => void,
): AsyncGenerator<Uint8Array> {
  const rows = identity.spec.models * checkpointEpochs(identity.spec).length;
  yield encodeHeader([weightsTensor(identity, rows)], identityMetadata(identity));
  for (const { shard } of records) {
    check();
    const path = join(folder, shard.weightsFile);
    const start = readHeader(path).dataStart;
    for await (const piece of createReadStream(path, { start, highWaterMark: 1 << 20 }))
      yield piece as Buffer;
  }
}

function* rowGroups(tables: readonly Columns[]): Generator<Columns> {
  for (let i = 0; i < tables.length; i += shardsPerRowGroup) {
    yield stackColumns(tables.slice(i, i + shardsPerRowGroup));
  }
}

/** Writes a file and returns the SHA-256 of what was written. */
async function writeHashed(path: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  }
  await writeChunksAtomic(path, hashed());
  return hash.digest("hex");
}

function linkSingle(folder: string, { shard }: ShardRecord): void {
  linkAtomic(join(folder, shard.weightsFile), join(folder, mergedWeightsFile));
  linkAtomic(join(folder, shard.tableFile), join(folder, mergedTableFile));
}

/** Gives a file a second name; copies it where the file system cannot link. */
function linkAtomic(source: string, path: string): void {
  const temporary = temporaryName(path);
  try {
    try {
      linkSync(source, temporary);
    } catch {
      copyFileSync(source, temporary);
    }
    renameSync(temporary, path);
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    // Renaming a link onto another link of the same file does nothing and leaves both.
    removeQuietly(temporary);
  }
}

function divergedModels(tables: readonly Columns[]): number[] {
  const models = new Set<number>();
  for (const { model, diverged } of tables) {
    diverged.forEach((flag, row) => {
      if (flag) models.add(Number(model[row]));
    });
  }
  return [...models];
}
