import type { TensorLibrary } from "../compute/tensors/backends/library.js";
import type { BackendName, BackendOptions } from "../compute/tensors/backends/names.js";
import { selectBackend as select } from "../compute/tensors/backends/select.js";

/** A tensor backend that runs. */
export interface TensorBackend {
  readonly name: BackendName;
  /** What it computes on: the GPU's or the processor's name. */
  readonly device: string;
  /** tfjs, with this backend as the active one. */
  readonly tf: TensorLibrary;
  /** What a user should know about it, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Starts a tensor backend and makes it the active one of tfjs. By name (the option, else `WEIGHTBOOK_BACKEND`) it is
 * this one or an error; otherwise the first of node-gpu, webgpu, node, wasm and cpu that starts, and a line on stderr
 * when one failed that is installed. A GPU in software is only taken by name.
 * @throws BackendError "backend/unavailable" with reason and remedy when the named backend cannot start
 * @throws UsageError for an unknown name; InterruptedError when the signal is aborted
 */
export function selectBackend(options: BackendOptions = {}): Promise<TensorBackend> {
  return select(options) as Promise<unknown> as Promise<TensorBackend>;
}
