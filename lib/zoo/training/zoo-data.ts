import { SpecError, throwIfAborted } from "../../core/errors.js";
import { canonicalJson, sha256 } from "../../core/hash.js";
import type { LongRunOptions } from "../../core/progress.js";
import { baseName } from "../../datasets/change-names.js";
import { type LoadOptions, loadDatasetOrStrokes } from "../../datasets/load.js";
import { strokesSource } from "../../datasets/synthetic.js";
import type { Dataset } from "../../datasets/types.js";
import { networkShapes, sizeOf } from "../../networks/shapes.js";
import { zooModels } from "../spec/models.js";
import type { DataSource, ZooData } from "../store/identity.js";
import type { ZooSpec } from "../types.js";
import { checkDataset, checkShifted } from "./input.js";

/**
 * Images that are at hand already. Each must be, or stand in for, the data set that the specification names: names are
 * among the facts, and zoos of equal keys must be equal.
 */
export interface GivenImages {
  /** Those of a zoo of one data set. */
  readonly dataset?: Dataset;
  /** Those of some or all of several, by the names that the specification has for them. */
  readonly datasets?: Readonly<Record<string, Dataset>>;
}

/** The images of a zoo, by the names that its models ask for, and what they really are. */
export interface ZooImages {
  readonly byName: ReadonlyMap<string, Dataset>;
  /** Those after a shift to another data set. */
  readonly shifted?: Dataset;
  readonly data: ZooData;
}

/**
 * Loads the data sets that a zoo's models ask for, each once, but for those that are given.
 * @throws SpecError when they are not what the specification says, "zoo/dataset" for images that no model asks for;
 *   DataError as loadDataset; InterruptedError on abort
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
  const { shift } = spec;
  const asked = shift?.dataset === undefined ? names : [...new Set([...names, shift.dataset])];
  const atHand = givenByName(asked, given);
  const byName = new Map<string, Dataset>();
  for (const name of names) {
    throwIfAborted(signal, `training ${spec.name}`);
    const dataset =
      atHand.get(name) ??
      (await loadDatasetOrStrokes(name, { size, trainImages, testImages, signal, onProgress }));
    for (const count of outputs) checkDataset(spec, dataset, count);
    byName.set(name, dataset);
  }
  if (shift?.dataset === undefined) return { byName, data: zooData(byName) };
  throwIfAborted(signal, `training ${spec.name}`);
  const shifted =
    atHand.get(shift.dataset) ??
    unchanged(spec, byName) ??
    (await loadShifted(shift.dataset, { ...shift, size, signal, onProgress }));
  for (const count of outputs) checkShifted(spec, shifted, byName.values(), count);
  return { byName, shifted, data: zooData(byName, shifted) };
}

/** The images before the shift where it leads to no others. */
function unchanged({ dataset, shift }: ZooSpec, byName: ReadonlyMap<string, Dataset>): Dataset | undefined {
  const isSame = shift?.trainImages === dataset.trainImages && shift.testImages === dataset.testImages;
  return isSame && shift.dataset !== undefined ? byName.get(shift.dataset) : undefined;
}

/** Loads the images after a shift; what they do not have is told by the specification's fields. */
async function loadShifted(name: string, { size, trainImages, testImages, signal, onProgress }: LoadOptions) {
  try {
    return await loadDatasetOrStrokes(name, { size, trainImages, testImages, signal, onProgress });
  } catch (cause) {
    if (!(cause instanceof SpecError) || !cause.code.startsWith("dataset/")) throw cause;
    const field =
      cause.code === "dataset/size" ? "zoo/dataset.size" : cause.code.replace("dataset/", "zoo/shift.");
    const message = `zoo specification: ${field.slice("zoo/".length)}: ${cause.message}`;
    throw new SpecError(field, message, { value: cause.value, cause });
  }
}

/** The given images by the names that the models ask for; all of them must be asked for. */
function givenByName(
  names: readonly string[],
  { dataset, datasets = {} }: GivenImages,
): ReadonlyMap<string, Dataset> {
  const byName = new Map(Object.entries(datasets));
  if (dataset) {
    if (names.length > 1 || byName.size > 0) {
      const way = `give its data sets by name: datasets: { "${names.join('": ..., "')}": ... }`;
      throw unasked(
        `the zoo is trained on ${names.join(", ")}, and dataset gives one for all; ${way}`,
        dataset.name,
      );
    }
    byName.set(names[0], dataset);
  }
  for (const [name, { name: own, standsInFor }] of byName) {
    if (!names.includes(name)) {
      throw unasked(
        `no model of the zoo asks for the data set "${name}"; it asks for ${names.join(", ")}`,
        name,
      );
    }
    // Only strokes stand in for others; under any other name equal keys would not mean equal facts.
    if (own === name || (baseName(own) === strokesSource.name && standsInFor === name)) continue;
    throw new SpecError(
      "zoo/dataset.name",
      `the zoo is trained on "${name}" and the data set that was given is "${own}"; put its name into the specification (dataset.name, or vary.dataset), or give the one that is named`,
      { value: own },
    );
  }
  return byName;
}

function unasked(message: string, value: string): SpecError {
  return new SpecError("zoo/dataset", message, { value });
}

/**
 * What a zoo is trained on, from its data sets by the names that were asked for.
 * @param shifted the one after a shift
 */
function zooData(byName: ReadonlyMap<string, Dataset>, shifted?: Dataset): ZooData {
  const sets = [...byName].map(([, dataset]) => sourceOf(dataset));
  if (shifted) {
    const first = zooData(byName);
    const hash = sha256(canonicalJson([first.hash, shifted.hash]));
    return { ...first, hash, sets, shift: sourceOf(shifted) };
  }
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
