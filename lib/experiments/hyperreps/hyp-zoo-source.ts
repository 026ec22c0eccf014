import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder, type Preset } from "../../core/environment.js";
import { checkOptions, DataError } from "../../core/errors.js";
import { sha256 } from "../../core/hash.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { importUnterthiner } from "../../zoo/interop/import.js";
import { namedZoo } from "../../zoo/named.js";
import { openZoo, type Zoo } from "../../zoo/store/zoo.js";
import { trainZoo } from "../../zoo/training/train.js";

/** The zoos of Tables 6 and 7 by published name: what they are called here, and the published zoos' folders. */
const sources = {
  "MNIST-HYP": { name: "mnist-hyp", folders: ["mnist-hyp", "mnist"] },
  "FASHION-HYP": { name: "fashion-hyp", folders: ["fashion-hyp", "fashion_mnist", "fashion-mnist"] },
  "CIFAR10-HYP": { name: "cifar10-hyp", folders: ["cifar10-hyp", "cifar10"] },
  "SVHN-HYP": { name: "svhn-hyp", folders: ["svhn-hyp", "svhn_cropped", "svhn"] },
} as const;

export interface HypZoosSourceOptions extends LongRunOptions {
  readonly preset: Preset;
  /** Seed of our zoos. */
  readonly firstSeed?: number;
  /**
   * Folder of the published zoos (Unterthiner et al. 2020), one folder each, e.g. `mnist` or `mnist-hyp`, with
   * weights.npy, metrics.csv(.gz) and layout.csv; as many of their models are taken as ours has at the preset. Empty or
   * left out: our own zoos are trained.
   */
  readonly zooDir?: string;
}

/**
 * The four zoos of Tables 6 and 7 by published name: our own, trained or from the cache, or the published ones out of a
 * folder, imported once into the cache.
 * @throws DataError "zoo-dir/missing" naming the folder that is not there; as trainZoo and importUnterthiner
 */
export async function openHypZoos(given: HypZoosSourceOptions): Promise<Record<string, Zoo>> {
  checkOptions(given, ["preset", "firstSeed", "zooDir", "signal", "onProgress"], "openHypZoos");
  const { preset, firstSeed = 42, zooDir, signal, onProgress } = interruptible(given);
  const part = inParts(onProgress, "hyper-parameter zoos", Object.keys(sources).length);
  const zoos: Record<string, Zoo> = {};
  for (const [index, [published, { name, folders }]] of Object.entries(sources).entries()) {
    const listen = part(index);
    const options = { signal, ...(listen ? { onProgress: listen } : {}) };
    const spec = namedZoo(name, preset, { firstSeed });
    zoos[published] = zooDir
      ? await importOnce(findFolder(zooDir, folders), published, spec.models, options)
      : await trainZoo(spec, { preset, ...options });
  }
  return zoos;
}

function findFolder(zooDir: string, folders: readonly string[]): string {
  const found = folders.map((folder) => join(zooDir, folder)).find((folder) => existsSync(folder));
  if (found) return found;
  const message = `${zooDir} has no folder ${folders.join(" or ")}; put each published zoo (weights.npy, metrics.csv, layout.csv) into a folder of that name`;
  throw new DataError("zoo-dir/missing", message, { value: zooDir });
}

/** Imports into a folder of the cache named after what is imported: the source's place, its size and time, and how much. */
async function importOnce(
  source: string,
  name: string,
  models: number,
  options: LongRunOptions,
): Promise<Zoo> {
  const weights = join(source, "weights.npy");
  const facts = existsSync(weights) ? statSync(weights) : undefined;
  const identity = [resolve(source), facts?.size, facts?.mtimeMs, models].join("\n");
  const key = sha256(new TextEncoder().encode(identity)).slice(0, 12);
  const folder = join(cacheFolder(), "zoos", `${name.toLowerCase()}-imported-${key}`);
  if (existsSync(join(folder, "manifest.json"))) return openZoo(folder);
  return importUnterthiner(source, { folder, name, models, ...options });
}
