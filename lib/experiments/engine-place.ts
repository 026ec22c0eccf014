import { type BackendName, backendNames, requestedBackend } from "../compute/tensors/backends/names.js";
import { selectBackend } from "../compute/tensors/backends/select.js";
import { cpuName } from "../compute/tensors/backends/starts.js";
import { onBackend } from "../zoo/stacked/backend.js";
import { type EngineReference, loadEngine } from "../zoo/training/engine-reference.js";

/** Where an engine computes. */
export interface EnginePlace {
  /** Undefined for an engine without tensors. */
  readonly backend?: BackendName;
  /** Name of the processor or the GPU. */
  readonly device?: string;
  /** True for a GPU that is none in software. */
  readonly isGpu: boolean;
  /** Whether nobody named the backend: the best one was taken. */
  readonly isAutomatic: boolean;
}

/**
 * Finds out where an engine computes; its device is started.
 * @throws as loadEngine; BackendError when the backend cannot start
 */
export async function placeOf(reference: EngineReference): Promise<EnginePlace> {
  const { options } = await loadEngine(reference);
  const settled = (options as { readonly backend?: unknown } | undefined)?.backend;
  const backend = backendNames.find((name) => name === settled);
  const asked = reference.options as { readonly backend?: unknown } | undefined;
  const isAutomatic = asked?.backend === undefined && requestedBackend() === undefined;
  if (!backend) return { isGpu: false, isAutomatic: false };
  if (backend === "wasm" || backend === "cpu")
    return { backend, device: cpuName(), isGpu: false, isAutomatic };
  const { device, notes } = await onBackend(backend, () => selectBackend({ backend }));
  const isSoftware = notes.some((note) => note.includes("in software"));
  return {
    backend,
    device,
    isGpu: backend === "node-gpu" || (backend === "webgpu" && !isSoftware),
    isAutomatic,
  };
}

/** A place in words, to follow an engine's name: " on webgpu, a GPU: NVIDIA H100"; empty for an engine without tensors. */
export function placeText({ backend, device, isGpu, isAutomatic }: EnginePlace): string {
  if (!backend) return "";
  const what = isGpu ? "a GPU: " : backend === "webgpu" ? "a GPU in software: " : "the CPU: ";
  return ` on ${backend}, ${what}${device}${isAutomatic && !isGpu ? "; no GPU was found" : ""}`;
}
