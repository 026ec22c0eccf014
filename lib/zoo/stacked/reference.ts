import { type BackendName, backendNames } from "../../compute/tensors/backends/names.js";
import { checkOptions, SpecError } from "../../core/errors.js";
import type { EngineReference } from "../training/engine-reference.js";

/** Options of the stacked engine. */
export interface StackedEngineOptions {
  /** Left out: the one that `WEIGHTBOOK_BACKEND` names, else the first that starts; see `selectBackend`. */
  readonly backend?: BackendName;
  /** Bytes of tensors that a training may take at once, in each worker; see defaultMemory in limits.ts. */
  readonly memory?: number;
  /** Most models that train at once, however many would fit. */
  readonly models?: number;
}

/**
 * The engine that trains a zoo as stacked tensors, to be given to `trainZoo` as `engine`: all models of a group take
 * each step at once, on any backend of tfjs. On wasm and cpu it runs in as many workers as the CPU engine; a GPU is
 * driven by the thread that calls, with thousands of models a step. Shards are written as soon as the models that train
 * at once are done: an interrupt loses those, all their epochs; a smaller `models` loses less and is slower. A zoo's key
 * has the backend's name in it and, but for cpu and wasm, the device's.
 * @throws SpecError "stacked/backend", "stacked/options"; "options/unknown"
 */
export function stackedEngine(options: StackedEngineOptions = {}): EngineReference {
  checkOptions(options, ["backend", "memory", "models"], "stackedEngine");
  const { backend, memory, models } = options;
  if (backend !== undefined && !backendNames.includes(backend)) {
    const message = `backend "${String(backend)}" is unknown; choose ${backendNames.join(", ")}`;
    throw new SpecError("stacked/backend", message, { value: backend });
  }
  for (const [name, value] of Object.entries({ memory, models })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new SpecError("stacked/options", `${name} is ${value}; give a positive whole number`, { value });
  }
  return {
    module: new URL("./engine.js", import.meta.url).href,
    name: "makeStackedEngine",
    options: { ...options },
  };
}
