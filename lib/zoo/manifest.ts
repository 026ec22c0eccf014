import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../core/errors.js";
import { writeFileAtomic } from "../core/files.js";
import { canonicalJson, sha256 } from "../core/hash.js";
import { weightLayout } from "../networks/layout.js";
import { libraryVersion, type ZooData, type ZooIdentity } from "./identity.js";
import type { ShardRecord } from "./shard.js";
import { checkpointEpochs, parseZooSpec } from "./spec.js";
import type { ZooSpec } from "./types.js";

/** Version of the folder's format. */
export const formatVersion = 1;

export const manifestFile = "manifest.json";
export const mergedWeightsFile = "weights.safetensors";
export const mergedTableFile = "checkpoints.parquet";

/** A file of a zoo, by its path within the folder, and the SHA-256 of its content. */
export interface FileHash {
  readonly file: string;
  readonly sha256: string;
}

/** What a finished zoo's manifest.json holds. Nothing in it depends on when, where or how the zoo was trained. */
export interface ZooManifest {
  readonly format: number;
  readonly key: string;
  readonly spec: ZooSpec;
  readonly data: ZooData;
  readonly versions: { readonly engine: string; readonly library: string };
  readonly counts: {
    readonly models: number;
    readonly checkpointsPerModel: number;
    readonly checkpoints: number;
    readonly parameters: number;
    readonly shards: number;
    readonly diverged: number;
  };
  /** Models of which a checkpoint diverged. */
  readonly diverged: readonly number[];
  /** `models` are the first and the last one. */
  readonly shards: readonly (FileHash & {
    readonly models: readonly [number, number];
    readonly table: FileHash;
  })[];
  readonly merged: { readonly weights: FileHash; readonly table: FileHash };
  /** SHA-256 of the canonical JSON of all other fields. */
  readonly sha256: string;
}

/** The manifest of a zoo from its shards and merged files. */
export function makeManifest(
  identity: ZooIdentity,
  records: readonly ShardRecord[],
  merged: { readonly weights: string; readonly table: string },
  diverged: readonly number[],
): ZooManifest {
  const { spec, key, data, layout } = identity;
  const checkpointsPerModel = checkpointEpochs(spec).length;
  const content: Omit<ZooManifest, "sha256"> = {
    format: formatVersion,
    key,
    spec,
    data,
    versions: { engine: identity.engine, library: libraryVersion() },
    counts: {
      models: spec.models,
      checkpointsPerModel,
      checkpoints: spec.models * checkpointsPerModel,
      parameters: layout.parameters,
      shards: records.length,
      diverged: diverged.length,
    },
    diverged,
    shards: records.map(({ shard, weightsSha256, tableSha256 }) => ({
      file: shard.weightsFile,
      models: [shard.from, shard.to],
      sha256: weightsSha256,
      table: { file: shard.tableFile, sha256: tableSha256 },
    })),
    merged: {
      weights: { file: mergedWeightsFile, sha256: merged.weights },
      table: { file: mergedTableFile, sha256: merged.table },
    },
  };
  return { ...content, sha256: sha256(canonicalJson(content)) };
}

/** Writes the manifest, last of all files. */
export function writeManifest(folder: string, manifest: ZooManifest): void {
  writeFileAtomic(join(folder, manifestFile), manifestText(manifest));
}

function manifestText(manifest: ZooManifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`;
}

/**
 * Reads a manifest and checks that no byte of it was altered.
 * @throws StoreError "zoo/none" when there is none, "zoo/damaged" when it was altered, "zoo/format" when it is of
 *   another version of this library
 */
export function readManifest(folder: string): ZooManifest {
  const path = join(folder, manifestFile);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new StoreError(
      "zoo/none",
      `there is no finished zoo in ${folder} (no ${manifestFile}); train it, or run the same training again to resume it`,
      { value: folder, cause },
    );
  }
  let manifest: ZooManifest;
  try {
    manifest = JSON.parse(text) as ZooManifest;
    const { sha256: stated, ...content } = manifest;
    if (sha256(canonicalJson(content)) !== stated || manifestText(manifest) !== text) throw new Error("hash");
  } catch (cause) {
    throw damaged(folder, manifestFile, "it was altered", cause);
  }
  if (manifest.format !== formatVersion) {
    throw new StoreError(
      "zoo/format",
      `${path} has format ${manifest.format} and this version reads ${formatVersion}; train the zoo again in another folder`,
      { value: manifest.format },
    );
  }
  return manifest;
}

/** The identity that a manifest states. */
export function manifestIdentity(manifest: ZooManifest): ZooIdentity {
  const { key, data, versions } = manifest;
  const spec = parseZooSpec(manifest.spec);
  return { spec, key, data, engine: versions.engine, layout: weightLayout(spec.network) };
}

/** Every file that a manifest lists, with its hash. */
export function listedFiles(manifest: ZooManifest): FileHash[] {
  const shards = manifest.shards.flatMap(({ file, sha256: hash, table }) => [{ file, sha256: hash }, table]);
  return [...shards, manifest.merged.weights, manifest.merged.table];
}

/** A file of a zoo is not what it should be; the message names it and the way out. */
export function damaged(folder: string, file: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    "zoo/damaged",
    `${join(folder, file)}: ${why}; run the same training again (weightbook zoo train) to repair the zoo`,
    { value: file, cause },
  );
}
