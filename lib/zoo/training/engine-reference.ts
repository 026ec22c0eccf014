import { SpecError } from "../../core/errors.js";
import type { TrainingEngine } from "../types.js";

/** Where an engine's code is, so that a worker can load it by itself. */
export interface EngineReference {
  /** URL of the built module. */
  readonly module: string;
  /** Name of its export. */
  readonly name: string;
}

/** The engine that zoos are trained with: four models in lock-step on SIMD lanes. */
export const defaultEngine: EngineReference = {
  module: new URL("../engine/lanes.js", import.meta.url).href,
  name: "laneEngine",
};

/**
 * Loads an engine.
 * @throws SpecError "zoo/engine" when the module has no such engine
 */
export async function loadEngine(reference: EngineReference): Promise<TrainingEngine> {
  let cause: unknown;
  try {
    const module = (await import(reference.module)) as Record<string, Partial<TrainingEngine> | undefined>;
    const engine = module[reference.name];
    if (typeof engine?.train === "function" && typeof engine.version === "string") {
      return engine as TrainingEngine;
    }
  } catch (error) {
    cause = error;
  }
  throw new SpecError(
    "zoo/engine",
    `there is no training engine "${reference.name}" in ${reference.module}`,
    {
      value: reference.name,
      cause,
    },
  );
}
