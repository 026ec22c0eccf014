import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./errors.js";

/** Root of the installed project (the folder that holds lib, data and notebooks). */
export const projectRoot: string = fileURLToPath(new URL("../../", import.meta.url));

/** Where zoos, trainings and downloads are kept: `WEIGHTBOOK_CACHE`, else `data/cache` of the project. */
export function cacheFolder(): string {
  return process.env.WEIGHTBOOK_CACHE || join(projectRoot, "data", "cache");
}

/** Where pages are written: `WEIGHTBOOK_SITE`, which `weightbook run --out` sets, else `site` of the project. */
export function siteFolder(): string {
  return process.env.WEIGHTBOOK_SITE || join(projectRoot, "site");
}

/**
 * Number of worker threads: `WEIGHTBOOK_WORKERS`, else one a core.
 * @throws UsageError when the variable is not a positive integer
 */
export function workerCount(): number {
  const text = process.env.WEIGHTBOOK_WORKERS;
  if (!text) return availableParallelism();
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw new UsageError(
      "environment/workers",
      `WEIGHTBOOK_WORKERS is "${text}"; give a positive whole number`,
      {
        value: text,
      },
    );
  }
  return count;
}

/** Sizes at which an experiment runs; see the README. */
export type Preset = "smoke" | "quick" | "laptop" | "paper";
export const presets: readonly Preset[] = ["smoke", "quick", "laptop", "paper"];

/**
 * Reads a preset's name.
 * @throws UsageError naming the known presets
 */
export function parsePreset(name: string): Preset {
  if ((presets as readonly string[]).includes(name)) return name as Preset;
  throw new UsageError("preset/unknown", `there is no preset "${name}"; choose ${presets.join(", ")}`, {
    value: name,
  });
}
