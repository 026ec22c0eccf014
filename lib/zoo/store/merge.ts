import { createHash } from "node:crypto";
import { copyFileSync, linkSync, renameSync } from "node:fs";
import { join } from "node:path";
import { filePieces } from "../../core/file-pieces.js";
import {
  makeDurable,
  removeQuietly,
  temporaryName,
  writeChunksAtomic,
  writeError,
} from "../../core/files.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions, StopOptions } from "../../core/progress.js";
import { identityMetadata, type ZooIdentity } from "./identity.js";
import {
  type ManifestParts,
  mergedTableFile,
  mergedWeightsFile,
  trainedManifest,
  writeManifest,
} from "./manifest.js";
import { type Columns, parquetChunks, readParquet, rowGroups } from "./parquet.js";
import { modelRows, rowTensors } from "./rows.js";
import { encodeHeader, readHeader } from "./safetensors.js";
import type { ShardRecord } from "./shard.js";

/**
 * Writes the merged pair of files and, last, the manifest. A single shard is linked, not copied. Memory holds a few
 * shards at a time.
 * @param records of every shard, in order
 * @throws StoreError when it cannot be written; InterruptedError on abort
 */
export async function mergeShards(
  folder: string,
  identity: ZooIdentity,
  records: readonly ShardRecord[],
  given: LongRunOptions = {},
): Promise<void> {
  const options = interruptible(given);
  const stop = { signal: options.signal };
  const label = `merging ${identity.spec.name}`;
  const pacer = new Pacer(label, records.length, "shards", options);
  const diverged = new DivergedModels();
  const tables = async function* () {
    for (const { shard } of records) {
      if (pacer.due()) await pacer.pause();
      const table = await readParquet(join(folder, shard.tableFile), stop);
      diverged.note(table);
      yield table;
    }
  };
  const merged = { weights: "", table: "" };
  if (records.length === 1) {
    for await (const _ of tables()) await pacer.add(1);
    linkAtomic(join(folder, records[0].shard.weightsFile), join(folder, mergedWeightsFile));
    linkAtomic(join(folder, records[0].shard.tableFile), join(folder, mergedTableFile));
    merged.weights = records[0].weightsSha256;
    merged.table = records[0].tableSha256;
  } else {
    const weights = weightsPieces(folder, identity, records, pacer, stop);
    merged.weights = await writeHashed(join(folder, mergedWeightsFile), weights);
    merged.table = await writeHashed(join(folder, mergedTableFile), parquetChunks(rowGroups(tables()), stop));
  }
  await pacer.pause();
  makeDurable(
    folder,
    records.flatMap(({ shard }) => [shard.tableFile, shard.weightsFile]),
  );
  writeManifest(folder, trainedManifest(identity, records, { ...merged, diverged: diverged.list() }));
}

async function* weightsPieces(
  folder: string,
  identity: ZooIdentity,
  records: readonly ShardRecord[],
  pacer: Pacer,
  stop: StopOptions,
): AsyncGenerator<Uint8Array> {
  const { spec, layouts } = identity;
  const models = [0, spec.models - 1] as const;
  yield encodeHeader(rowTensors(layouts, modelRows(spec, models)), identityMetadata(identity, models));
  for (const { shard } of records) {
    const path = join(folder, shard.weightsFile);
    const start = readHeader(path).dataStart;
    yield* filePieces(path, stop, start);
    await pacer.add(1);
  }
}

/** Writes a file and returns the SHA-256 (hex) of what was written. */
export async function writeHashed(path: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
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

/** Collects the models of which a checkpoint diverged. */
export class DivergedModels {
  private readonly models = new Set<number>();

  note({ model, diverged }: Columns): void {
    for (let row = 0; row < diverged.length; row++) if (diverged[row]) this.models.add(Number(model[row]));
  }

  list(): ManifestParts["diverged"] {
    return [...this.models].sort((a, b) => a - b);
  }
}
