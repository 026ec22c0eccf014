import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../core/errors.js";
import { sha256File } from "../../core/hash.js";
import { interruptible } from "../../core/interrupt.js";
import type { StopOptions } from "../../core/progress.js";
import { folderOwner, identityFromShards } from "./folder-owner.js";
import type { ZooIdentity } from "./identity.js";
import {
  damaged,
  listedFiles,
  manifestFile,
  manifestIdentity,
  mergedTableFile,
  mergedWeightsFile,
  readManifest,
  type ZooManifest,
} from "./manifest.js";
import { planShards } from "./plan.js";
import { checkShard, type FileState } from "./shard.js";

/** State of one file of a zoo; `unfinished`: it is written when all shards are there. */
export interface FileReport {
  readonly file: string;
  readonly state: FileState | "unfinished";
}

/** State of one shard: `ok`, or what is wrong with which of its two files. */
export interface ShardReport {
  readonly index: number;
  readonly models: readonly [number, number];
  readonly state: FileState;
  readonly file?: string;
}

/** What `verifyZoo` found. */
export interface ZooReport {
  readonly folder: string;
  /** Whether training or importing it again repairs it. */
  readonly kind: ZooManifest["kind"];
  readonly key: string;
  readonly name: string;
  /** True when every shard and every other file is there and whole. */
  readonly ok: boolean;
  /** Those of a trained zoo; an imported one has none. */
  readonly shards: readonly ShardReport[];
  /** manifest.json and the merged pair. */
  readonly files: readonly FileReport[];
}

/**
 * Checks every file of a zoo, finished or not, by its hash. It does not stop at the first fault.
 * @throws StoreError "zoo/none" when the folder holds no part of a zoo; InterruptedError
 */
export async function verifyZoo(folder: string, stop: StopOptions = {}): Promise<ZooReport> {
  const options = interruptible(stop);
  const { manifest, manifestState } = tryManifest(folder);
  const owner = folderOwner(folder);
  if (!owner) {
    throw new StoreError("zoo/none", `there is no zoo in ${folder}; train one, or name its folder`, {
      value: folder,
    });
  }
  const { kind, key, name } = owner;
  const identity = manifest?.kind === "trained" ? manifestIdentity(manifest) : identityFromShards(folder);
  const shards =
    identity && kind === "trained" ? await shardReports(folder, identity, manifest, options) : [];
  const files: FileReport[] = [{ file: manifestFile, state: manifestState }];
  for (const file of [mergedWeightsFile, mergedTableFile]) {
    files.push({ file, state: await mergedState(folder, file, manifest, options) });
  }
  const ok = [...shards, ...files].every(({ state }) => state === "ok");
  return { folder, kind, key, name, ok, shards, files };
}

async function shardReports(
  folder: string,
  identity: ZooIdentity,
  manifest: ZooManifest | undefined,
  options: StopOptions,
): Promise<ShardReport[]> {
  const reports: ShardReport[] = [];
  for (const shard of planShards(identity.spec, identity.layouts)) {
    const { state, file, record } = await checkShard(folder, identity, shard, options);
    const listed = manifest?.shards[shard.index];
    const differs = listed !== undefined && record !== undefined && listed.sha256 !== record.weightsSha256;
    reports.push({
      index: shard.index,
      models: [shard.from, shard.to],
      ...(differs ? { state: "altered", file: shard.weightsFile } : { state, file }),
    });
  }
  return reports;
}

function tryManifest(folder: string): { manifest?: ZooManifest; manifestState: FileReport["state"] } {
  try {
    return { manifest: readManifest(folder), manifestState: "ok" };
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    return { manifestState: cause.code === "zoo/none" ? "unfinished" : "altered" };
  }
}

async function mergedState(
  folder: string,
  file: string,
  manifest: ZooManifest | undefined,
  options: StopOptions,
): Promise<FileReport["state"]> {
  if (!manifest) return "unfinished";
  if (!existsSync(join(folder, file))) return "missing";
  const listed = listedFiles(manifest).find((entry) => entry.file === file);
  return (await sha256File(join(folder, file), options)) === listed?.sha256 ? "ok" : "altered";
}

/**
 * Checks every file that a manifest lists.
 * @throws StoreError "zoo/damaged" naming the first file that is missing or altered, and the way out; InterruptedError
 */
export async function checkListedFiles(
  folder: string,
  manifest: ZooManifest,
  options: StopOptions = {},
): Promise<void> {
  const { kind } = manifest;
  for (const { file, sha256 } of listedFiles(manifest)) {
    const path = join(folder, file);
    if (!existsSync(path)) throw damaged(folder, file, "it is missing", { kind });
    if ((await sha256File(path, options)) !== sha256)
      throw damaged(folder, file, "it is not what was written (its hash differs)", { kind });
  }
}
