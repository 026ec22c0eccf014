import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where environment/setup-tests.sh puts a GPU in software: mesa's lavapipe and the libraries it needs. */
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "weightbook-vulkan");

/** Why tests of WebGPU are skipped, for their names. */
export const noSoftwareVulkan = "needs the GPU in software of environment/setup-tests.sh";

interface Koffi {
  load(path: string): unknown;
}

const held: unknown[] = [];

/** What a child process needs in its environment to find the GPU in software; undefined where it was not set up. */
export function softwareVulkan(): Readonly<Record<string, string>> | undefined {
  const driver = join(folder, "lvp_icd.json");
  if (!existsSync(driver)) return undefined;
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  // The old and the new name of the variable that names the drivers.
  return { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
}

/**
 * Gives this process the GPU in software. A search path cannot be changed once a process runs, but libraries that are
 * loaded already are found by their names.
 * @returns whether it is there
 */
export function useSoftwareVulkan(): boolean {
  const environment = softwareVulkan();
  if (!environment) return false;
  process.env.VK_ICD_FILENAMES = environment.VK_ICD_FILENAMES;
  process.env.VK_DRIVER_FILES = environment.VK_DRIVER_FILES;
  if (held.length > 0) return true;
  const koffi = createRequire(import.meta.url)("koffi") as Koffi;
  let waiting = readdirSync(folder).filter((name) => /\.so\.\d+$/.test(name));
  // One needs another: whatever fails is tried again after those that did not.
  for (let before = Number.POSITIVE_INFINITY; waiting.length > 0 && waiting.length < before; ) {
    before = waiting.length;
    waiting = waiting.filter((name) => !load(koffi, join(folder, name)));
  }
  return true;
}

function load(koffi: Koffi, path: string): boolean {
  try {
    held.push(koffi.load(path));
    return true;
  } catch {
    return false;
  }
}
