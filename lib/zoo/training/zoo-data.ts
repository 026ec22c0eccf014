import { throwIfAborted } from "../../core/errors.js";
import { canonicalJson, sha256 } from "../../core/hash.js";
import type { LongRunOptions } from "../../core/progress.js";
import { loadDatasetOrStrokes } from "../../datasets/load.js";
import type { Dataset } from "../../datasets/types.js";
import { networkShapes, sizeOf } from "../../networks/shapes.js";
import { zooModels } from "../spec/models.js";
import type { DataSource, ZooData } from "../store/identity.js";
import type { ZooSpec } from "../types.js";
import { checkDataset } from "./input.js";

/** Images that are at hand already. */
export interface GivenImages {
  /** Those of a zoo of one data set, whatever its name. */
  readonly dataset?: Dataset;
  /** Those of several, by the names that the specification has for them. */
  readonly datasets?: Readonly<Record<string, Dataset>>;
}

/** The images of a zoo, by the names that its models ask for, and what they really are. */
export interface ZooImages {
  readonly byName: ReadonlyMap<string, Dataset>;
  readonly data: ZooData;
}

/**
 * Loads the data sets that a zoo's models ask for, each once, but for those that are given.
 * @throws SpecError when they are not what the specification says; DataError as loadDataset; InterruptedError on abort
 */
export async function loadImages(
  spec: ZooSpec,
  given: GivenImages,
  { signal, onProgress }: LongRunOptions = {},
): Promise<ZooImages> {
  const models = zooModels(spec);
  const names = [...new Set(models.map(({ dataset }) => dataset))];
  const networks = [...new Set(models.map(({ network }) => network))];
  const outputs = new Set(networks.map((network) => sizeOf(networkShapes(network).at(-1)!)));
  const { size, trainImages, testImages } = spec.dataset;
  const byName = new Map<string, Dataset>();
  for (const name of names) {
    throwIfAborted(signal, `training ${spec.name}`);
    const dataset =
      given.datasets?.[name] ??
      (names.length === 1 ? given.dataset : undefined) ??
      (await loadDatasetOrStrokes(name, { size, trainImages, testImages, signal, onProgress }));
    for (const count of outputs) checkDataset(spec, dataset, count);
    byName.set(name, dataset);
  }
  return { byName, data: zooData(byName) };
}

/** What a zoo is trained on, from its data sets by the names that were asked for. */
function zooData(byName: ReadonlyMap<string, Dataset>): ZooData {
  const sets = [...byName].map(([, dataset]) => sourceOf(dataset));
  if (sets.length === 1) return sets[0];
  const listed = (names: readonly string[]) => [...new Set(names)].join(" + ");
  const absent = sets.flatMap(({ standsInFor }) => standsInFor ?? []);
  return {
    name: listed(sets.map(({ name }) => name)),
    ...(absent.length > 0 && { standsInFor: listed(absent) }),
    hash: sha256(canonicalJson([...byName].map(([asked, { hash }]) => [asked, hash]))),
    sets,
  };
}

function sourceOf({ name, standsInFor, hash }: Dataset): DataSource {
  return { name, ...(standsInFor === undefined ? {} : { standsInFor }), hash };
}
