import { throwIfAborted } from "../../core/errors.js";
import type { LongRunOptions } from "../../core/progress.js";
import { parseZooSpec, zooKey } from "../spec/spec.js";
import { type ZooIdentity, zooFolder } from "../store/identity.js";
import { specLayouts } from "../store/layouts.js";
import type { ZooSpec, ZooSpecInput } from "../types.js";
import { defaultEngine, type EngineReference, loadEngine } from "./engine-reference.js";
import { type GivenImages, loadImages, type ZooImages } from "./zoo-data.js";

/** What decides which zoo a training makes, and where. */
export interface TrainingOptions extends LongRunOptions, GivenImages {
  /** Where the zoo is kept; by default `zoos/NAME-PRESET-KEY` in the cache. */
  readonly folder?: string;
  /** Part of the default folder's name; "custom" when left out. */
  readonly preset?: string;
  /** Another training engine than the default one. */
  readonly engine?: EngineReference;
}

/** Names of these options, for functions that refuse others. */
export const trainingOptions = ["dataset", "datasets", "folder", "preset", "engine", "signal", "onProgress"];

/** A training that is set up: what is to be made, and where. */
export interface Training {
  readonly identity: ZooIdentity;
  readonly folder: string;
  readonly images: ZooImages;
  readonly engine: EngineReference;
}

/**
 * Settles what a specification means here: its images, the engine, and with them key and folder.
 * @throws SpecError for a specification that cannot be carried out; DataError as loadDataset; InterruptedError on abort
 */
export async function setUpTraining(input: ZooSpecInput, options: TrainingOptions): Promise<Training> {
  const spec = parseZooSpec(input);
  throwIfAborted(options.signal, trainingLabel(spec));
  const layouts = specLayouts(spec);
  const images = await loadImages(spec, options, options);
  throwIfAborted(options.signal, trainingLabel(spec));
  const engine = options.engine ?? defaultEngine;
  const { version } = await loadEngine(engine);
  const key = zooKey(spec, images.data.hash, version);
  const identity = { spec, key, data: images.data, engine: version, layouts };
  const folder = options.folder ?? zooFolder(spec, key, options.preset ?? "custom");
  return { identity, folder, images, engine };
}

/** What a training is called in messages and progress. */
export function trainingLabel(spec: ZooSpec): string {
  return `training ${spec.name}`;
}
