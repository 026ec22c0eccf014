import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../core/errors.js";
import { writeFileAtomic } from "../../core/files.js";
import { canonicalJson, sha256 } from "../../core/hash.js";
import { checkpointEpochs, parseZooSpec } from "../spec/spec.js";
import type { ZooSpec } from "../types.js";
import { libraryVersion, type ZooData, type ZooIdentity } from "./identity.js";
import { specLayouts } from "./layouts.js";
import type { ShardRecord } from "./shard.js";
import type { FileHash, ImportedZooSpec, ZooSource } from "./source.js";

/** Version of the folder's format. */
export const formatVersion = 2;

export const manifestFile = "manifest.json";
export const mergedWeightsFile = "weights.safetensors";
export const mergedTableFile = "checkpoints.parquet";

interface CommonManifest {
  readonly format: number;
  readonly key: string;
  readonly data: ZooData;
  readonly counts: {
    readonly models: number;
    /** 0 where it differs from model to model. */
    readonly checkpointsPerModel: number;
    readonly checkpoints: number;
    /** Weights of a checkpoint; 0 where they differ from model to model. */
    readonly parameters: number;
    readonly shards: number;
    readonly diverged: number;
  };
  /** Models of which a checkpoint diverged. */
  readonly diverged: readonly number[];
  /** `models` are the first and the last one. An imported zoo has no shards. */
  readonly shards: readonly (FileHash & {
    readonly models: readonly [number, number];
    readonly table: FileHash;
  })[];
  readonly merged: { readonly weights: FileHash; readonly table: FileHash };
  /** SHA-256 of the canonical JSON of all other fields. */
  readonly sha256: string;
}

/** The manifest of a zoo that was trained here. */
export interface TrainedManifest extends CommonManifest {
  readonly kind: "trained";
  readonly spec: ZooSpec;
  readonly versions: { readonly engine: string; readonly library: string };
}

/** The manifest of a zoo that was imported. */
export interface ImportedManifest extends CommonManifest {
  readonly kind: "imported";
  readonly spec: ImportedZooSpec;
  readonly source: ZooSource;
  readonly versions: { readonly library: string };
}

/** What a finished zoo's manifest.json holds. Nothing in it depends on when, where or how the zoo was made. */
export type ZooManifest = TrainedManifest | ImportedManifest;

/** What is known of a zoo once its merged pair is written: hashes of the two files, and the models that diverged. */
export interface ManifestParts {
  readonly weights: string;
  readonly table: string;
  readonly diverged: readonly number[];
}

/** The manifest of a trained zoo from its shards and merged files. */
export function trainedManifest(
  { spec, key, data, engine, layouts }: ZooIdentity,
  records: readonly ShardRecord[],
  parts: ManifestParts,
): TrainedManifest {
  const checkpointsPerModel = checkpointEpochs(spec).length;
  return signed({
    ...commonFields(parts),
    kind: "trained",
    key,
    spec,
    data,
    versions: { engine, library: libraryVersion() },
    counts: {
      models: spec.models,
      checkpointsPerModel,
      checkpoints: spec.models * checkpointsPerModel,
      parameters: layouts.byModel === undefined ? layouts.layouts[0].parameters : 0,
      shards: records.length,
      diverged: parts.diverged.length,
    },
    shards: records.map(({ shard, weightsSha256, tableSha256 }) => ({
      file: shard.weightsFile,
      models: [shard.from, shard.to],
      sha256: weightsSha256,
      table: { file: shard.tableFile, sha256: tableSha256 },
    })),
  });
}

/** Counts that an imported zoo's rows tell. */
export type ImportedCounts = Omit<CommonManifest["counts"], "shards" | "diverged">;

/** The manifest of an imported zoo. */
export function importedManifest(
  fields: Pick<ImportedManifest, "key" | "spec" | "source" | "data"> & {
    readonly counts: ImportedCounts;
  },
  parts: ManifestParts,
): ImportedManifest {
  return signed({
    ...commonFields(parts),
    ...fields,
    kind: "imported",
    versions: { library: libraryVersion() },
    counts: { ...fields.counts, shards: 0, diverged: parts.diverged.length },
    shards: [],
  });
}

function commonFields({ weights, table, diverged }: ManifestParts) {
  return {
    format: formatVersion,
    diverged,
    merged: {
      weights: { file: mergedWeightsFile, sha256: weights },
      table: { file: mergedTableFile, sha256: table },
    },
  };
}

function signed<T extends object>(content: T): T & { readonly sha256: string } {
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
    throw damaged(folder, manifestFile, "it was altered", { cause });
  }
  if (manifest.format !== formatVersion) {
    throw new StoreError(
      "zoo/format",
      `${path} has format ${manifest.format} and this version reads ${formatVersion}; make the zoo again in another folder`,
      { value: manifest.format },
    );
  }
  return manifest;
}

/** The identity that a trained zoo's manifest states. */
export function manifestIdentity(manifest: TrainedManifest): ZooIdentity {
  const { key, data, versions } = manifest;
  const spec = parseZooSpec(manifest.spec);
  return { spec, key, data, engine: versions.engine, layouts: specLayouts(spec) };
}

/** Every file that a manifest lists, with its hash. */
export function listedFiles(manifest: ZooManifest): FileHash[] {
  const shards = manifest.shards.flatMap(({ file, sha256: hash, table }) => [{ file, sha256: hash }, table]);
  return [...shards, manifest.merged.weights, manifest.merged.table];
}

/** A file of a zoo is not what it should be; the message names it and the way out. */
export function damaged(
  folder: string,
  file: string,
  why: string,
  { kind = "trained", cause }: { readonly kind?: ZooManifest["kind"]; readonly cause?: unknown } = {},
): StoreError {
  const way = kind === "trained" ? "run the same training again (weightbook zoo train)" : "import it again";
  return new StoreError("zoo/damaged", `${join(folder, file)}: ${why}; ${way} to repair the zoo`, {
    value: file,
    cause,
  });
}
