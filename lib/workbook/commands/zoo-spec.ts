import { readFileSync } from "node:fs";
import type { Preset } from "../../core/environment.js";
import { SpecError, UsageError } from "../../core/errors.js";
import {
  describeZoo,
  descriptionText,
  type EngineName,
  listNamedZoos,
  namedZoo,
  parseZooSpec,
  type TrainedZoo,
  type ZooName,
  type ZooSpec,
} from "../../zoo/index.js";
import { type Context, wholeNumber } from "../command.js";

/** Whether the name of a zoo is that of a file with its specification. */
export function isSpecFile(name: string): boolean {
  return name.endsWith(".json");
}

/**
 * Reads a specification from a file.
 * @throws SpecError for a file that is no JSON, or a specification that cannot be
 */
export function readSpec(path: string): ZooSpec {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const message = `${path} cannot be read as JSON (${(cause as Error).message})`;
    throw new SpecError("zoo/file", message, { cause });
  }
  return parseZooSpec(value);
}

/** Flags that change a named zoo. */
export interface SpecFlags {
  readonly preset?: string;
  readonly models?: string;
  readonly epochs?: string;
  readonly dataset?: string;
}

/**
 * The specification that a name at a preset, or a file, means.
 * @throws UsageError for an unknown name, and for flags that change what a file says; SpecError as readSpec
 */
export function namedSpec(name: string, preset: Preset, flags: SpecFlags): ZooSpec {
  const models = wholeNumber("--models", flags.models);
  const epochs = wholeNumber("--epochs", flags.epochs);
  const { dataset } = flags;
  const changes = { ...(models && { models }), ...(epochs && { epochs }), ...(dataset && { dataset }) };
  if (!isSpecFile(name)) {
    const known = listNamedZoos().map((entry) => entry.name);
    if (known.includes(name as ZooName)) return namedZoo(name as ZooName, preset, changes);
    const message = `there is no zoo "${name}"; choose ${known.join(", ")}, or give a file SPEC.json`;
    throw new UsageError("zoo/unknown", message, { value: name });
  }
  if (Object.keys(changes).length > 0 || flags.preset !== undefined) {
    throw new UsageError("arguments", "a file says everything about its zoo; give it no --preset or sizes");
  }
  return readSpec(name);
}

/**
 * Reads the name of an engine.
 * @throws UsageError naming the known ones
 */
export function parseEngine(name: string): EngineName {
  if (name === "lanes" || name === "stacked") return name;
  throw new UsageError("arguments", `there is no engine "${name}"; choose lanes or stacked`, { value: name });
}

/** Prints what describes a zoo, in words or as one JSON value. */
export function printZoo(zoo: TrainedZoo, json: boolean | undefined, print: Context["print"]): void {
  const description = describeZoo(zoo);
  print(json ? `${JSON.stringify(description)}\n` : descriptionText(description));
}
