import { laneSimd } from "../../compute/lanes.js";
import type { BackendName } from "../../compute/tensors/backends/names.js";
import type { TrainingEngine } from "../types.js";
import { bestBackend, onBackend } from "./backend.js";
import type { StackedEngineOptions } from "./reference.js";
import { trainStacked } from "./train-stacked.js";

/** Raised whenever results could change. */
const version = "stacked-1";

/** Models of one call: on the host enough to keep a worker busy for a while, on a device as many as may train at once. */
const modelsPerCall: Readonly<Record<BackendName, number>> = {
  cpu: 64,
  wasm: 64,
  webgpu: 4096,
  node: 4096,
  "node-gpu": 4096,
};

/**
 * The stacked engine; see stackedEngine for what it is. Results are the CPU engine's up to the rounding of sums; on cpu
 * and wasm they do not depend on how many models train at once, to the bit.
 */
export async function makeStackedEngine(options: StackedEngineOptions): Promise<TrainingEngine> {
  const backend = options.backend ?? (await bestBackend());
  const settled = { ...options, backend };
  return {
    version: `${version}-${backend}${backend === "wasm" && laneSimd() === "fma" ? "-fma" : ""}`,
    thread: backend === "cpu" || backend === "wasm" ? "worker" : "main",
    modelsPerCall: modelsPerCall[backend],
    options: settled,
    train: (job, onEpoch, stop) => onBackend(backend, (tf) => trainStacked(tf, job, settled, onEpoch, stop)),
  };
}
