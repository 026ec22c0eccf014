import { readFileSync } from "node:fs";
import { SpecError, UsageError } from "../../core/errors.js";
import {
  describeZoo,
  descriptionText,
  type EngineName,
  parseZooSpec,
  type TrainedZoo,
  type ZooSpec,
} from "../../zoo/index.js";
import type { Context } from "../command.js";

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
