import { SpecError, throwIfAborted } from "../../core/errors.js";
import type { LongRunOptions } from "../../core/progress.js";
import { parseZooSpec, zooKey } from "../spec/spec.js";
import { stackedEngine } from "../stacked/reference.js";
import { type ZooIdentity, zooFolder } from "../store/identity.js";
import { specLayouts } from "../store/layouts.js";
import type { TrainingEngine, ZooSpec, ZooSpecInput } from "../types.js";
import { defaultEngine, type EngineReference, loadEngine } from "./engine-reference.js";
import { type GivenImages, loadImages, type ZooImages } from "./zoo-data.js";

/** What decides which zoo a training makes, and where. */
export interface TrainingOptions extends LongRunOptions, GivenImages {
  /** Where the zoo is kept; by default `zoos/NAME-PRESET-KEY` in the cache. */
  readonly folder?: string;
  /** Part of the default folder's name; "custom" when left out. */
  readonly preset?: string;
  /** Another training engine than the default one: "stacked" (see stackedEngine), or a reference. */
  readonly engine?: EngineReference | EngineName;
}

/** Engines that are known by name: that of the CPU, and stacked tensors on the best backend there is. */
export type EngineName = "lanes" | "stacked";

/** Names of these options, for functions that refuse others. */
export const trainingOptions = ["dataset", "datasets", "folder", "preset", "engine", "signal", "onProgress"];

/** A training that is set up: what is to be made, and where. */
export interface Training {
  readonly identity: ZooIdentity;
  readonly folder: string;
  readonly images: ZooImages;
  readonly engine: EngineReference;
  /** What the engine says of how it wants to be called. */
  readonly calls: Pick<TrainingEngine, "thread" | "modelsPerCall" | "modelsAtOnce">;
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
  const reference = referenceOf(options.engine ?? "lanes");
  const { version, thread, modelsPerCall, modelsAtOnce, options: settled } = await loadEngine(reference);
  const engine = settled ? { ...reference, options: settled } : reference;
  const key = zooKey(spec, images.data.hash, version);
  const identity = { spec, key, data: images.data, engine: version, layouts };
  const folder = options.folder ?? zooFolder(spec, key, options.preset ?? "custom");
  return { identity, folder, images, engine, calls: { thread, modelsPerCall, modelsAtOnce } };
}

/** @throws SpecError "zoo/engine" for a name that is not known */
function referenceOf(engine: EngineReference | EngineName): EngineReference {
  if (typeof engine !== "string") return engine;
  if (engine === "lanes") return defaultEngine;
  if (engine === "stacked") return stackedEngine();
  const message = `engine "${String(engine)}" is unknown; choose "lanes", "stacked" or a reference, e.g. stackedEngine({ backend: "wasm" })`;
  throw new SpecError("zoo/engine", message, { value: engine });
}

/** What a training is called in messages and progress. */
export function trainingLabel(spec: ZooSpec): string {
  return `training ${spec.name}`;
}
