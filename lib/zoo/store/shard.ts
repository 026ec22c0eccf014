import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { filePieces } from "../../core/file-pieces.js";
import { writeChunksAtomic, writeFileAtomic } from "../../core/files.js";
import { sha256, sha256File } from "../../core/hash.js";
import type { StopOptions } from "../../core/progress.js";
import { parseZooSpec, zooKey } from "../spec/spec.js";
import { identityMetadata, type ZooData, type ZooIdentity } from "./identity.js";
import { type Columns, parquetChunks } from "./parquet.js";
import type { ShardPlan } from "./plan.js";
import { modelRows, rowTensors } from "./rows.js";
import { encodeHeader, readHeader, type TensorInfo, tensorBytes } from "./safetensors.js";

/** Hashes (SHA-256 of the whole file) of a shard that is on disk and sound. */
export interface ShardRecord {
  readonly shard: ShardPlan;
  readonly weightsSha256: string;
  readonly tableSha256: string;
}

/** `foreign`: a sound file of another zoo. */
export type FileState = "ok" | "missing" | "truncated" | "altered" | "foreign";

/** What was found where a shard should be. */
export interface ShardCheck {
  readonly shard: ShardPlan;
  readonly state: FileState;
  /** The file at fault, within the zoo's folder; undefined when the shard is sound. */
  readonly file?: string;
  readonly record?: ShardRecord;
}

/**
 * Writes a shard: the table first, then the weights, whose header names the hashes of both. So a shard is there when
 * its weights are, and it proves by itself that it is whole. Therefore neither file waits for the disk: what a power
 * cut takes is found and trained again. The merge makes all shards durable before a manifest vouches for them.
 * @param weights of all checkpoints, row behind row
 * @throws StoreError when it cannot be written
 */
export async function writeShard(
  folder: string,
  identity: ZooIdentity,
  shard: ShardPlan,
  weights: Float32Array,
  table: Columns,
): Promise<ShardRecord> {
  const parts: Uint8Array[] = [];
  for await (const chunk of parquetChunks([table])) parts.push(chunk);
  const tableBytes = Buffer.concat(parts);
  const tableSha256 = sha256(tableBytes);
  const data = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
  const hashes = { weights: sha256(data), table: tableSha256 };
  const header = encodeHeader(shardTensors(identity, shard), shardMetadata(identity, shard, hashes));
  writeFileAtomic(join(folder, shard.tableFile), tableBytes, { durable: false });
  await writeChunksAtomic(join(folder, shard.weightsFile), [header, data], { durable: false });
  const whole = createHash("sha256").update(header).update(data);
  return { shard, weightsSha256: whole.digest("hex"), tableSha256 };
}

function shardTensors({ spec, layouts }: ZooIdentity, { from, to }: ShardPlan): TensorInfo[] {
  return rowTensors(layouts, modelRows(spec, [from, to]));
}

function shardMetadata(
  identity: ZooIdentity,
  { from, to }: ShardPlan,
  hashes: { readonly weights: string; readonly table: string },
): Record<string, string> {
  return {
    ...identityMetadata(identity, [from, to]),
    models: JSON.stringify([from, to]),
    table_sha256: hashes.table,
    weights_sha256: hashes.weights,
  };
}

/**
 * Checks a shard by its own header: hashes of both files, and every other byte of the header against what this zoo
 * would write. Needs no manifest, so it serves an unfinished zoo too.
 * @throws InterruptedError when the signal is aborted
 */
export async function checkShard(
  folder: string,
  identity: ZooIdentity,
  shard: ShardPlan,
  options: StopOptions = {},
): Promise<ShardCheck> {
  const weightsPath = join(folder, shard.weightsFile);
  const tablePath = join(folder, shard.tableFile);
  for (const file of [shard.weightsFile, shard.tableFile]) {
    if (!existsSync(join(folder, file))) return { shard, state: "missing", file };
  }
  const fault = (state: FileState, file: string): ShardCheck => ({ shard, state, file });
  const tensors = shardTensors(identity, shard);
  const blank = "0".repeat(64);
  const headerBytes = encodeHeader(
    tensors,
    shardMetadata(identity, shard, { weights: blank, table: blank }),
  ).length;
  const metadata = metadataOf(weightsPath);
  if (!metadata) {
    const expected = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), headerBytes);
    return fault(statSync(weightsPath).size < expected ? "truncated" : "altered", shard.weightsFile);
  }
  if (metadata.key !== identity.key)
    return fault(isConsistent(metadata) ? "foreign" : "altered", shard.weightsFile);
  const found = await hashParts(weightsPath, headerBytes, options);
  const hashes = { weights: found.data, table: metadata.table_sha256 };
  const header = encodeHeader(tensors, shardMetadata(identity, shard, hashes));
  if (!found.header.equals(header)) return fault("altered", shard.weightsFile);
  const tableSha256 = await sha256File(tablePath, options);
  if (tableSha256 !== metadata.table_sha256) return fault("altered", shard.tableFile);
  return { shard, state: "ok", record: { shard, weightsSha256: found.whole, tableSha256 } };
}

function metadataOf(path: string): Readonly<Record<string, string>> | undefined {
  try {
    return readHeader(path).metadata;
  } catch {
    return undefined;
  }
}

/** Whether a header's key is the key of what it says, so that it is another zoo's and not a damaged one of ours. */
function isConsistent(metadata: Readonly<Record<string, string>>): boolean {
  const stated = statedIdentity(metadata);
  return stated !== undefined && zooKey(stated.spec, stated.data.hash, stated.engine) === stated.key;
}

/** Hashes a file as a whole and without its first bytes, which are returned. */
async function hashParts(path: string, headerBytes: number, options: StopOptions) {
  const whole = createHash("sha256");
  const data = createHash("sha256");
  const header = Buffer.alloc(headerBytes);
  let position = 0;
  for await (const chunk of filePieces(path, options)) {
    whole.update(chunk);
    const inHeader = Math.min(Math.max(headerBytes - position, 0), chunk.length);
    chunk.copy(header, Math.min(position, headerBytes), 0, inHeader);
    data.update(chunk.subarray(inHeader));
    position += chunk.length;
  }
  return { header, whole: whole.digest("hex"), data: data.digest("hex") };
}

/** What a shard's header says of its zoo; the layouts follow from the specification. */
export type StatedIdentity = Omit<ZooIdentity, "layouts">;

/** Which zoo the shard at `path` belongs to, by its header; undefined where that cannot be read. */
export function shardIdentity(path: string): StatedIdentity | undefined {
  const metadata = metadataOf(path);
  return metadata && statedIdentity(metadata);
}

function statedIdentity(metadata: Readonly<Record<string, string>>): StatedIdentity | undefined {
  try {
    const spec = parseZooSpec(JSON.parse(metadata.spec));
    const data = JSON.parse(metadata.data) as ZooData;
    return { spec, key: metadata.key, data, engine: metadata.engine };
  } catch {
    return undefined;
  }
}
