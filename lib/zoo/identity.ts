import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, projectRoot } from "../core/environment.js";
import { canonicalJson } from "../core/hash.js";
import type { WeightLayout } from "../networks/types.js";
import { checkpointEpochs } from "./spec.js";
import type { ZooSpec } from "./types.js";

/** Models of one shard: one group of the lane engine, one task of a worker. */
export const modelsPerShard = 4;

/** What a zoo was really trained on. */
export interface ZooData {
  readonly name: string;
  /** The data set that was asked for, when `strokes` took its place. */
  readonly standsInFor?: string;
  /** SHA-256 of the images and labels used. */
  readonly hash: string;
}

/** All that is equal in every file of a zoo. */
export interface ZooIdentity {
  readonly spec: ZooSpec;
  readonly key: string;
  readonly data: ZooData;
  /** Version of the training engine. */
  readonly engine: string;
  readonly layout: WeightLayout;
}

/** A run of consecutive models that is trained and stored together. */
export interface ShardPlan {
  readonly index: number;
  /** First and last model. */
  readonly from: number;
  readonly to: number;
  /** Paths within the zoo's folder. */
  readonly weightsFile: string;
  readonly tableFile: string;
}

/** The shards of a zoo, in order. */
export function planShards(spec: ZooSpec): ShardPlan[] {
  return Array.from({ length: Math.ceil(spec.models / modelsPerShard) }, (_, index) => {
    const stem = `shards/${String(index).padStart(5, "0")}`;
    return {
      index,
      from: index * modelsPerShard,
      to: Math.min((index + 1) * modelsPerShard, spec.models) - 1,
      weightsFile: `${stem}.safetensors`,
      tableFile: `${stem}.parquet`,
    };
  });
}

/** Rows (checkpoints) of a shard. */
export function shardRows(spec: ZooSpec, shard: ShardPlan): number {
  return (shard.to - shard.from + 1) * checkpointEpochs(spec).length;
}

/** A zoo's default place: `zoos/NAME-PRESET-KEY` in the cache, with the first 12 digits of the key. */
export function zooFolder(spec: ZooSpec, key: string, preset: string): string {
  return join(cacheFolder(), "zoos", `${spec.name}-${preset}-${key.slice(0, 12)}`);
}

/** The layout as files carry it: JSON [{layer, name, shape, offset}]. */
export function layoutJson(layout: WeightLayout): string {
  const tensors = layout.tensors.map(({ layer, name, shape, offset }) => ({ layer, name, shape, offset }));
  return JSON.stringify(tensors);
}

/** Version of this library. */
export function libraryVersion(): string {
  const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/** Fields of `__metadata__` that shards and the merged file share; with them a file says by itself what it is. */
export function identityMetadata(identity: ZooIdentity): Record<string, string> {
  const { spec, key, data, engine, layout } = identity;
  return {
    data: canonicalJson(data),
    engine,
    key,
    layout: layoutJson(layout),
    spec: canonicalJson(spec),
  };
}
