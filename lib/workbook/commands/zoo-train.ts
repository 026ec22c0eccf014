import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Preset, parsePreset } from "../../core/environment.js";
import { SpecError, StoreError, UsageError } from "../../core/errors.js";
import { progressBar } from "../../notebook/progress-bar.js";
import {
  describeZoo,
  descriptionText,
  listNamedZoos,
  mergeZoo,
  namedZoo,
  parseZooSpec,
  type TrainedZoo,
  type TrainZooOptions,
  trainZoo,
  type ZooName,
  type ZooShare,
  type ZooSpec,
} from "../../zoo/index.js";
import { type Context, positiveNumber } from "../command.js";
import type { ZooFlags } from "./zoo-flags.js";
import { findZoo } from "./zoo-places.js";

/** Trains a zoo or a share of one. */
export async function train(flags: ZooFlags, name: string, { print, signal }: Context): Promise<number> {
  const preset = parsePreset(flags.preset ?? (process.env.WEIGHTBOOK_PRESET || "quick"));
  const spec = specOf(name, preset, flags);
  const options: TrainZooOptions = {
    signal,
    onProgress: progressBar(),
    ...(isFile(name) ? {} : { preset }),
    ...(flags.folder === undefined ? {} : { folder: resolve(flags.folder) }),
    ...(flags.workers === undefined ? {} : { workers: count("--workers", flags.workers) }),
  };
  if (flags.shard === undefined) {
    printZoo(await trainZoo(spec, options), flags, print);
    return 0;
  }
  const share = await trainZoo(spec, { ...options, shard: parseShare(flags.shard) });
  const { index, count: all } = share.share;
  const report = `share ${index} of ${all} of ${share.name} is trained: ${share.shards} of ${share.allShards} shards in ${share.folder}`;
  print(
    flags.json
      ? `${JSON.stringify(share)}\n`
      : `${report}\nwhen all shares are: weightbook zoo merge ${share.folder}\n`,
  );
  return 0;
}

/** Makes a zoo of its shards. */
export async function merge(flags: ZooFlags, name: string, { print, signal }: Context): Promise<number> {
  const options = { signal, onProgress: progressBar() };
  const folder = flags.folder === undefined ? undefined : resolve(flags.folder);
  const place = folder ?? (isFile(name) ? parseZooSpec(readSpec(name)) : findZoo(name, flags.preset));
  try {
    printZoo(await mergeZoo(place, options), flags, print);
  } catch (cause) {
    if (!flags.json || !(cause instanceof StoreError) || cause.code !== "zoo/incomplete") throw cause;
    print(`${JSON.stringify({ ok: false, message: cause.message, faults: cause.value })}\n`);
    return 1;
  }
  return 0;
}

function printZoo(zoo: TrainedZoo, { json }: ZooFlags, print: Context["print"]): void {
  const description = describeZoo(zoo);
  print(json ? `${JSON.stringify(description)}\n` : descriptionText(description));
}

function isFile(name: string): boolean {
  return name.endsWith(".json");
}

function specOf(name: string, preset: Preset, flags: ZooFlags): ZooSpec {
  const models = count("--models", flags.models);
  const epochs = count("--epochs", flags.epochs);
  const { dataset } = flags;
  const changes = { ...(models && { models }), ...(epochs && { epochs }), ...(dataset && { dataset }) };
  if (!isFile(name)) {
    const known = listNamedZoos().map((entry) => entry.name);
    if (known.includes(name as ZooName)) return namedZoo(name as ZooName, preset, changes);
    const message = `there is no zoo "${name}"; choose ${known.join(", ")}, or give a file SPEC.json`;
    throw new UsageError("zoo/unknown", message, { value: name });
  }
  if (Object.keys(changes).length > 0 || flags.preset !== undefined) {
    throw new UsageError("arguments", "a file says everything about its zoo; give it no --preset or sizes");
  }
  return parseZooSpec(readSpec(name));
}

function readSpec(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new SpecError("zoo/file", `${path} cannot be read as JSON (${(cause as Error).message})`, {
      cause,
    });
  }
}

function parseShare(text: string): ZooShare {
  const [index, all] = (/^(\d+)\/(\d+)$/.exec(text)?.slice(1) ?? []).map(Number);
  if (index >= 1 && index <= all) return { index, count: all };
  throw new UsageError("arguments", `--shard wants I/N with I from 1 to N, e.g. 3/8, but got "${text}"`, {
    value: text,
  });
}

function count(flag: string, text: string | undefined): number | undefined {
  const value = positiveNumber(flag, text);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError("arguments", `${flag} wants a whole number but got "${text}"`, { value: text });
}
