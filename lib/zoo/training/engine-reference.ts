import { SpecError } from "../../core/errors.js";
import type { TrainingEngine } from "../types.js";

/** Where an engine's code is, so that a worker can load it by itself. */
export interface EngineReference {
  /** URL of the built module. */
  readonly module: string;
  /** Name of its export: the engine or, with `options`, a function that makes it of them (or a promise of it). */
  readonly name: string;
  /** Must survive the way to a worker, as plain objects and numbers do. */
  readonly options?: object;
}

/** The engine that zoos are trained with: four models in lock-step on SIMD lanes. */
export const defaultEngine: EngineReference = {
  module: new URL("../engine/lanes.js", import.meta.url).href,
  name: "laneEngine",
};

/**
 * Loads an engine.
 * @throws SpecError "zoo/engine" when the module has no such engine; what its maker throws
 */
export async function loadEngine({ module: url, name, options }: EngineReference): Promise<TrainingEngine> {
  let cause: unknown;
  let found: unknown;
  try {
    found = ((await import(url)) as Record<string, unknown>)[name];
  } catch (error) {
    cause = error;
  }
  if (options !== undefined && typeof found === "function") found = await (found as EngineMaker)(options);
  if (isEngine(found)) return found;
  throw new SpecError("zoo/engine", `there is no training engine "${name}" in ${url}`, {
    value: name,
    cause,
  });
}

type EngineMaker = (options: object) => TrainingEngine | Promise<TrainingEngine>;

function isEngine(value: unknown): value is TrainingEngine {
  const engine = value as Partial<TrainingEngine> | undefined;
  return typeof engine?.train === "function" && typeof engine.version === "string";
}
