import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../core/files.js";
import { sha256, sha256File } from "../core/hash.js";
import { weightLayout } from "../networks/layout.js";
import { identityMetadata, type ShardPlan, shardRows, type ZooData, type ZooIdentity } from "./identity.js";
import { type Columns, parquetChunks } from "./parquet.js";
import { encodeHeader, readHeader, type TensorInfo, tensorBytes, writeSafetensors } from "./safetensors.js";
import { parseZooSpec, zooKey } from "./spec.js";

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
 * its weights are, and it proves by itself that it is whole.
 * @param weights checkpoints x parameters
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
  const metadata = shardMetadata(identity, shard, sha256(data), tableSha256);
  const tensors = [weightsTensor(identity, shardRows(identity.spec, shard))];
  writeFileAtomic(join(folder, shard.tableFile), tableBytes);
  await writeSafetensors(join(folder, shard.weightsFile), tensors, metadata, [data]);
  const whole = createHash("sha256").update(encodeHeader(tensors, metadata)).update(data);
  return { shard, weightsSha256: whole.digest("hex"), tableSha256 };
}

/** The one tensor of a file of weights. */
export function weightsTensor(identity: ZooIdentity, rows: number): TensorInfo {
  return { name: "weights", dtype: "F32", shape: [rows, identity.layout.parameters] };
}

function shardMetadata(
  identity: ZooIdentity,
  shard: ShardPlan,
  weightsHash: string,
  tableHash: string,
): Record<string, string> {
  return {
    ...identityMetadata(identity),
    models: JSON.stringify([shard.from, shard.to]),
    table_sha256: tableHash,
    weights_sha256: weightsHash,
  };
}

/**
 * Checks a shard by its own header: hashes of both files, and every other byte of the header against what this zoo
 * would write. Needs no manifest, so it serves an unfinished zoo too.
 */
export async function checkShard(
  folder: string,
  identity: ZooIdentity,
  shard: ShardPlan,
): Promise<ShardCheck> {
  const weightsPath = join(folder, shard.weightsFile);
  const tablePath = join(folder, shard.tableFile);
  const tensors = [weightsTensor(identity, shardRows(identity.spec, shard))];
  for (const file of [shard.weightsFile, shard.tableFile]) {
    if (!existsSync(join(folder, file))) return { shard, state: "missing", file };
  }
  const fault = (state: FileState, file: string): ShardCheck => ({ shard, state, file });
  const blank = "0".repeat(64);
  const expectedBytes =
    encodeHeader(tensors, shardMetadata(identity, shard, blank, blank)).length + tensorBytes(tensors[0]);
  const metadata = metadataOf(weightsPath);
  if (!metadata) {
    return fault(statSync(weightsPath).size < expectedBytes ? "truncated" : "altered", shard.weightsFile);
  }
  if (metadata.key !== identity.key)
    return fault(isConsistent(metadata) ? "foreign" : "altered", shard.weightsFile);
  const headerBytes = expectedBytes - tensorBytes(tensors[0]);
  const found = await hashParts(weightsPath, headerBytes);
  const header = encodeHeader(tensors, shardMetadata(identity, shard, found.data, metadata.table_sha256));
  if (!found.header.equals(header)) return fault("altered", shard.weightsFile);
  const tableSha256 = await sha256File(tablePath);
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
  const identity = identityFrom(metadata);
  return (
    identity !== undefined && zooKey(identity.spec, identity.data.hash, identity.engine) === identity.key
  );
}

/** Hashes a file as a whole and without its first bytes, which are returned. */
async function hashParts(path: string, headerBytes: number) {
  const whole = createHash("sha256");
  const data = createHash("sha256");
  const header = Buffer.alloc(headerBytes);
  let position = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const chunk = piece as Buffer;
    whole.update(chunk);
    const inHeader = Math.min(Math.max(headerBytes - position, 0), chunk.length);
    chunk.copy(header, Math.min(position, headerBytes), 0, inHeader);
    data.update(chunk.subarray(inHeader));
    position += chunk.length;
  }
  return { header, whole: whole.digest("hex"), data: data.digest("hex") };
}

/** Which zoo the shard at `path` belongs to, by its header; undefined where that cannot be read. */
export function shardIdentity(path: string): ZooIdentity | undefined {
  const metadata = metadataOf(path);
  return metadata && identityFrom(metadata);
}

function identityFrom(metadata: Readonly<Record<string, string>>): ZooIdentity | undefined {
  try {
    const spec = parseZooSpec(JSON.parse(metadata.spec));
    const data = JSON.parse(metadata.data) as ZooData;
    return { spec, key: metadata.key, data, engine: metadata.engine, layout: weightLayout(spec.network) };
  } catch {
    return undefined;
  }
}
