import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { trainZoo } from "#lib/zoo/training/train.js";
import { fake, noiseData, smallSpec } from "./zoo.js";

const reader = fileURLToPath(new URL("./stream-child.mjs", import.meta.url));

/** Checkpoints that a synthetic zoo has of each model. */
const epochs = 50;

/** A zoo of real files, made by the store with an engine that makes one number a checkpoint. */
export interface SyntheticZoo {
  /** Of the merged file of weights. */
  readonly bytes: number;
  readonly rows: number;
  readonly merging: Measured;
}

/** Trains the shards of a synthetic zoo here and merges them in a process of their own. */
export async function syntheticZoo(folder: string, models: number): Promise<SyntheticZoo> {
  const spec = smallSpec({ models, epochs });
  const options = { dataset: noiseData(), engine: fake("fakeFill"), folder, workers: 2 };
  await trainZoo(spec, { ...options, shard: { index: 1, count: 1 } });
  const merging = await measure("merge", folder);
  const bytes = statSync(join(folder, "weights.safetensors")).size;
  return { bytes, rows: models * epochs, merging };
}

/** What a process took. */
export interface Measured {
  readonly peakMiB: number;
  readonly seconds: number;
  readonly rows: number;
  /** Rows that were not what the engine made. */
  readonly wrong: number;
}

/** Runs a task of stream-child.mjs in a process of its own. */
export async function measure(task: "idle" | "read" | "merge", folder: string): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [reader, task, folder]);
  return JSON.parse(stdout) as Measured;
}
