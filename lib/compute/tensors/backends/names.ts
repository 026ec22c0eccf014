import { UsageError } from "../../../core/errors.js";

/**
 * What computes with tensors: `node-gpu` is TensorFlow with CUDA (@tensorflow/tfjs-node-gpu), `webgpu` any GPU through
 * Vulkan, Metal or Direct3D, `node` TensorFlow on the CPU (@tensorflow/tfjs-node), `wasm` WebAssembly with the project's
 * kernels, `cpu` plain JavaScript.
 */
export type BackendName = "node-gpu" | "webgpu" | "node" | "wasm" | "cpu";

/** All backends, in the order of the automatic choice. */
export const backendNames: readonly BackendName[] = ["node-gpu", "webgpu", "node", "wasm", "cpu"];

/** How a backend is chosen. */
export interface BackendOptions {
  /** Its name; "auto" (default) leaves it to `WEIGHTBOOK_BACKEND`, and else takes the first that starts. */
  readonly backend?: BackendName | "auto";
  /** Stops the search between two backends. */
  readonly signal?: AbortSignal;
}

/**
 * The backend that the option, else `WEIGHTBOOK_BACKEND`, names; undefined for the automatic choice.
 * @throws UsageError listing the known names
 */
export function requestedBackend(option?: string): BackendName | undefined {
  if (option !== undefined && option !== "auto")
    return parse(option, `there is no tensor backend "${option}"`);
  const variable = process.env.WEIGHTBOOK_BACKEND;
  if (!variable || variable === "auto") return undefined;
  return parse(variable, `WEIGHTBOOK_BACKEND is "${variable}", which is no tensor backend`);
}

function parse(name: string, complaint: string): BackendName {
  const known = backendNames.find((entry) => entry === name);
  if (known) return known;
  const choice = ["auto", ...backendNames].join(", ");
  throw new UsageError("backend/unknown", `${complaint}; choose ${choice}`, { value: name });
}
