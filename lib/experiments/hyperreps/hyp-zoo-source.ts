import { existsSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder, type Preset } from "../../core/environment.js";
import { checkOptions, DataError } from "../../core/errors.js";
import { canonicalJson, sha256 } from "../../core/hash.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { importUnterthiner } from "../../zoo/interop/import.js";
import { namedZoo, type ZooName } from "../../zoo/named.js";
import { openZoo, type Zoo } from "../../zoo/store/zoo.js";
import { trainZoo } from "../../zoo/training/train.js";
import type { ZooSpec } from "../../zoo/types.js";

/** Where a zoo of Tables 6 and 7 comes from. */
interface HypZooSource {
  /** What it is called here. */
  readonly name: ZooName;
  /** The published zoo's folder, by any of these names. */
  readonly folders: readonly string[];
  /** What its facts may call its images. */
  readonly datasets: readonly string[];
}

/** By published name. */
const sources: Readonly<Record<string, HypZooSource>> = {
  "MNIST-HYP": { name: "mnist-hyp", folders: ["mnist-hyp", "mnist"], datasets: ["mnist"] },
  "FASHION-HYP": {
    name: "fashion-hyp",
    folders: ["fashion-hyp", "fashion_mnist", "fashion-mnist"],
    datasets: ["fashion-mnist"],
  },
  "CIFAR10-HYP": {
    name: "cifar10-hyp",
    folders: ["cifar10-hyp", "cifar10"],
    datasets: ["cifar10", "cifar10-gs"],
  },
  "SVHN-HYP": {
    name: "svhn-hyp",
    folders: ["svhn-hyp", "svhn_cropped", "svhn"],
    datasets: ["svhn", "svhn-gs"],
  },
};

export interface HypZoosSourceOptions extends LongRunOptions {
  readonly preset: Preset;
  /** Seed of our zoos. */
  readonly firstSeed?: number;
  /**
   * Folder of the published zoos (Unterthiner et al. 2020), one folder each, e.g. `mnist` or `mnist-hyp`, with
   * weights.npy, metrics.csv(.gz) and layout.csv; as many of their models are taken as ours has at the preset, in ours'
   * splits. Empty or left out: our own zoos are trained.
   */
  readonly zooDir?: string;
}

/**
 * The four zoos of Tables 6 and 7 by published name: our own, trained or from the cache, or the published ones out of a
 * folder, imported once into the cache. An import streams, and no zoo has more models than ours at the preset: 1,000 at
 * `laptop`; 30,000 at `paper`, whose 270,000 checkpoints are 5.4 GB of weights a zoo. What then takes them into memory
 * whole says where its limit is (runTransfer: `maxBytes`).
 * @throws DataError "zoo-dir/missing" naming the folder that is not there, "zoo-dir/dataset" naming one that holds models
 *   of other images; as trainZoo and importUnterthiner
 */
export async function openHypZoos(given: HypZoosSourceOptions): Promise<Record<string, Zoo>> {
  checkOptions(given, ["preset", "firstSeed", "zooDir", "signal", "onProgress"], "openHypZoos");
  const { preset, firstSeed = 42, zooDir, signal, onProgress } = interruptible(given);
  const part = inParts(onProgress, "hyper-parameter zoos", Object.keys(sources).length);
  const zoos: Record<string, Zoo> = {};
  for (const [index, [published, wanted]] of Object.entries(sources).entries()) {
    const listen = part(index);
    const options = { signal, ...(listen ? { onProgress: listen } : {}) };
    const spec = namedZoo(wanted.name, preset, { firstSeed });
    zoos[published] = zooDir
      ? await importOnce(findFolder(zooDir, wanted.folders), { published, wanted, spec }, options)
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

/** A zoo that is to be imported: its published name, what it may be, and the specification of ours. */
interface WantedZoo {
  readonly published: string;
  readonly wanted: HypZooSource;
  readonly spec: Pick<ZooSpec, "models" | "split">;
}

/** Imports into a folder of the cache named after what is imported: the source's files, and how much of it. */
async function importOnce(
  source: string,
  { published, wanted, spec: { models, split } }: WantedZoo,
  options: LongRunOptions,
): Promise<Zoo> {
  const identity = canonicalJson({ source: resolve(source), files: fileStates(source), models, split });
  const name = `${published.toLowerCase()}-imported-${sha256(identity).slice(0, 12)}`;
  const folder = join(cacheFolder(), "zoos", name);
  const zoo = existsSync(join(folder, "manifest.json"))
    ? await openZoo(folder)
    : await importUnterthiner(source, { folder, name: published, models, split, ...options });
  const found = [...new Set(zoo.facts.dataset)].filter((dataset) => dataset !== "");
  if (found.every((dataset) => wanted.datasets.includes(dataset))) return zoo;
  // What was imported here for nothing may be gigabytes.
  rmSync(folder, { recursive: true, force: true });
  const message = `${source} holds models of ${found.join(", ")} and not of ${wanted.datasets.join(" or ")}, of which ${published} is; put the zoos into folders of their own data sets' names`;
  throw new DataError("zoo-dir/dataset", message, { value: found });
}

/** Size and time of each file that an import reads. */
function fileStates(source: string) {
  return ["weights.npy", "metrics.csv", "metrics.csv.gz", "layout.csv"].map((file) => {
    const path = join(source, file);
    if (!existsSync(path)) return { file };
    const { size, mtimeMs } = statSync(path);
    return { file, size, mtimeMs };
  });
}
