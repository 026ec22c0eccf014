import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, projectRoot } from "../../core/environment.js";
import { canonicalJson } from "../../core/hash.js";
import type { ZooSpec } from "../types.js";
import { layoutMetadata, type ZooLayouts } from "./layouts.js";

/** One data set that a zoo was really trained on. */
export interface DataSource {
  readonly name: string;
  /** The data set that was asked for, when `strokes` took its place. */
  readonly standsInFor?: string;
  /** SHA-256 of the images and labels used; of an imported zoo, that of its source. */
  readonly hash: string;
}

/**
 * What a zoo was really trained on. Of several data sets, `name` and `standsInFor` list all, joined by " + "; the one
 * after a shift is not among them.
 */
export interface ZooData extends DataSource {
  /** The data sets one by one, where there are several or a shift; `hash` is then the hash of them all. */
  readonly sets?: readonly DataSource[];
  /** The data set after a shift. */
  readonly shift?: DataSource;
}

/** All that is equal in every file of a trained zoo. */
export interface ZooIdentity {
  readonly spec: ZooSpec;
  readonly key: string;
  readonly data: ZooData;
  /** Version of the training engine. */
  readonly engine: string;
  readonly layouts: ZooLayouts;
}

/** Where zoos are kept by default: `zoos` in the cache. */
export function zoosFolder(): string {
  return join(cacheFolder(), "zoos");
}

/** A zoo's default place: `zoos/NAME-PRESET-KEY` in the cache, with the first 12 digits of the key. */
export function zooFolder(spec: ZooSpec, key: string, preset: string): string {
  return join(zoosFolder(), `${spec.name}-${preset}-${key.slice(0, 12)}`);
}

/** Version of this library. */
export function libraryVersion(): string {
  const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/**
 * Fields of `__metadata__` that shards and the merged file share; with them a file says by itself what it is.
 * @param models first and last model of the file
 */
export function identityMetadata(
  { spec, key, data, engine, layouts }: ZooIdentity,
  models: readonly [number, number],
): Record<string, string> {
  return {
    data: canonicalJson(data),
    engine,
    key,
    spec: canonicalJson(spec),
    ...layoutMetadata(layouts, models),
  };
}
