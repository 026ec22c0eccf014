import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../core/errors.js";
import type { ZooIdentity } from "./identity.js";
import { specLayouts } from "./layouts.js";
import {
  manifestFile,
  mergedTableFile,
  mergedWeightsFile,
  readManifest,
  type ZooManifest,
} from "./manifest.js";
import { readHeader } from "./safetensors.js";
import { type StatedIdentity, shardIdentity } from "./shard.js";

/** The zoo that the files of a folder belong to. */
export interface FolderOwner {
  readonly kind: ZooManifest["kind"];
  readonly key: string;
  readonly name: string;
}

/**
 * The zoo that the files of a folder belong to, be it finished and whole or not: by its manifest, else by its shards,
 * else by the header of its merged weights; undefined where none of them can be read.
 */
export function folderOwner(folder: string): FolderOwner | undefined {
  const manifest = tryManifest(folder);
  if (manifest) return { kind: manifest.kind, key: manifest.key, name: manifest.spec.name };
  const shard = firstShardIdentity(folder);
  if (shard) return { kind: "trained", key: shard.key, name: shard.spec.name };
  try {
    const { key, spec, source } = readHeader(join(folder, mergedWeightsFile)).metadata;
    const { name } = JSON.parse(spec) as { name: string };
    return { kind: source === undefined ? "trained" : "imported", key, name };
  } catch {
    return undefined;
  }
}

function tryManifest(folder: string): ZooManifest | undefined {
  try {
    return readManifest(folder);
  } catch (cause) {
    if (cause instanceof StoreError) return undefined;
    throw cause;
  }
}

/** Whether a folder holds any file that a zoo has. */
export function holdsZooFiles(folder: string): boolean {
  const files = [manifestFile, mergedWeightsFile, mergedTableFile, "shards"];
  return files.some((file) => existsSync(join(folder, file)));
}

/** The zoo that the first readable shard of a folder belongs to. */
export function identityFromShards(folder: string): ZooIdentity | undefined {
  const stated = firstShardIdentity(folder);
  return stated && { ...stated, layouts: specLayouts(stated.spec) };
}

/** What the first readable shard of a folder says of its zoo; undefined where there is none. */
export function firstShardIdentity(folder: string): StatedIdentity | undefined {
  const shards = join(folder, "shards");
  let names: string[];
  try {
    names = readdirSync(shards).filter((name) => name.endsWith(".safetensors"));
  } catch {
    return undefined;
  }
  for (const name of names.sort()) {
    const stated = shardIdentity(join(shards, name));
    if (stated) return stated;
  }
  return undefined;
}
