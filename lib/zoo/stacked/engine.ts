import { laneSimd } from "../../compute/lanes.js";
import type { BackendName } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import type { TrainingEngine } from "../types.js";
import { bestBackend, onBackend } from "./backend.js";
import { groupSize } from "./group-size.js";
import { largestTensor } from "./limits.js";
import type { StackedEngineOptions } from "./reference.js";
import { trainStacked } from "./train-stacked.js";

/** Raised whenever results could change, with another version of tfjs too (test/unit/engine-version.test.ts). */
const version = "stacked-1";

/**
 * Most models of one call: on the host enough to keep a worker busy for a while, on a device more than train at once of
 * most networks. See modelsAtOnce for what bounds it further.
 */
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
  const isHost = backend === "cpu" || backend === "wasm";
  // What a device is and allows is known once it runs; on the host nothing is started here, workers do that.
  const found = isHost
    ? undefined
    : await onBackend(backend, async (tf) => ({
        tensor: largestTensor(tf, backend),
        device: (await selectBackend({ backend })).device,
      }));
  return {
    version: `${version}-${backend}${found ? `-${deviceSlug(found.device)}` : hostSuffix(backend)}`,
    thread: isHost ? "worker" : "main",
    modelsPerCall: modelsPerCall[backend],
    modelsAtOnce: (job) => groupSize(job, settled, found?.tensor ?? hostTensor).models,
    options: settled,
    train: (job, onEpoch, stop) => onBackend(backend, (tf) => trainStacked(tf, job, settled, onEpoch, stop)),
  };
}

/** Bytes of the largest tensor on the host's memory. */
const hostTensor = 2 ** 31;

/** On wasm bits depend on whether the lanes' kernels have fused multiply-adds. */
function hostSuffix(backend: BackendName): string {
  return backend === "wasm" && laneSimd() === "fma" ? "-fma" : "";
}

/** A device's name as part of an engine's version: at most 40 letters, digits and dashes, for each makes bits of its own. */
export function deviceSlug(device: string): string {
  const words = device.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, 40).replace(/-$/, "") || "unnamed";
}
