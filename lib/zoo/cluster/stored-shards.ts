import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../core/errors.js";
import { canonicalJson } from "../../core/hash.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions, StopOptions } from "../../core/progress.js";
import { anotherZoo, isRepairable } from "../store/another-zoo.js";
import { firstShardIdentity } from "../store/folder-owner.js";
import type { ZooIdentity } from "../store/identity.js";
import { specLayouts } from "../store/layouts.js";
import { manifestIdentity, readManifest } from "../store/manifest.js";
import type { ShardPlan } from "../store/plan.js";
import { checkShard } from "../store/shard.js";
import { checkListedFiles } from "../store/verify.js";
import type { ZooSpec } from "../types.js";

/** Indices of the shards of which both files are there, by their names alone: one look at the folder, no hashes. */
export function shardsThere(folder: string, shards: number): number[] {
  let names: string[];
  try {
    names = readdirSync(join(folder, "shards"));
  } catch {
    return [];
  }
  const tables = new Set(
    names.filter((name) => name.endsWith(".parquet")).map((name) => Number.parseInt(name, 10)),
  );
  return names
    .filter((name) => /^\d+\.safetensors$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .filter((index) => index < shards && tables.has(index))
    .sort((a, b) => a - b);
}

/** What a folder has of a zoo. */
export interface StoredShards {
  /** Whether the zoo is merged and every file whole. */
  readonly merged: boolean;
  /** Shards that are not there, or not whole. */
  readonly missing: readonly number[];
}

/**
 * Checks by their hashes which shards of a specification a folder has. What data and engine they must be of, the first
 * of them tells; where tasks would use others they say so themselves.
 * @throws StoreError "zoo/another" when the folder holds a zoo of another specification; InterruptedError
 */
export async function storedShards(
  folder: string,
  spec: ZooSpec,
  plan: readonly ShardPlan[],
  options: LongRunOptions,
): Promise<StoredShards> {
  const all = plan.map(({ index }) => index);
  const identity = statedIdentity(folder);
  if (!identity) return { merged: false, missing: all };
  if (canonicalJson(identity.spec) !== canonicalJson(spec)) throw anotherZoo(folder, identity, undefined);
  if (await isMerged(folder, identity, options)) return { merged: true, missing: [] };
  const pacer = new Pacer(`checking ${spec.name}`, plan.length, "shards", options);
  const missing: number[] = [];
  for (const shard of plan) {
    const { state } = await checkShard(folder, identity, shard, { signal: options.signal });
    if (state !== "ok") missing.push(shard.index);
    await pacer.add(1);
  }
  return { merged: false, missing };
}

/** Which zoo a folder holds, by its manifest or by the first shard that can be read. */
function statedIdentity(folder: string): ZooIdentity | undefined {
  try {
    const manifest = readManifest(folder);
    if (manifest.kind === "trained") return manifestIdentity(manifest);
    throw new StoreError("zoo/another", `${folder} holds an imported zoo; choose another folder`, {
      value: folder,
    });
  } catch (cause) {
    if (!isRepairable(cause)) throw cause;
  }
  const stated = existsSync(join(folder, "shards")) ? firstShardIdentity(folder) : undefined;
  return stated && { ...stated, layouts: specLayouts(stated.spec) };
}

async function isMerged(folder: string, identity: ZooIdentity, stop: StopOptions): Promise<boolean> {
  try {
    const manifest = readManifest(folder);
    if (manifest.key !== identity.key) return false;
    await checkListedFiles(folder, manifest, { signal: stop.signal });
    return true;
  } catch (cause) {
    if (isRepairable(cause)) return false;
    throw cause;
  }
}
