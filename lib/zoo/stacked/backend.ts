import { requireBackend, type TensorFlow, tensorflow } from "../../compute/tensors/tf.js";
import { registerMapKernels } from "../../compute/tensors/wasm/maps.js";
import { WeightbookError } from "../../core/errors.js";
import type { StackedBackend } from "./reference.js";

const packages: Partial<Record<StackedBackend, string>> = { wasm: "@tensorflow/tfjs-backend-wasm" };

/**
 * Runs some work on a backend, which is started if need be, and makes the one that was current before current again.
 * The one place where the stacked engine starts a backend.
 * @throws WeightbookError "stacked/backend" when it cannot be started
 */
export async function onBackend<T>(name: StackedBackend, work: (tf: TensorFlow) => Promise<T>): Promise<T> {
  const tf = tensorflow();
  // Whoever has not chosen a backend yet has none to go back to.
  const before = tf.engine().backendName || undefined;
  await start(tf, name);
  try {
    return await work(tf);
  } finally {
    if (before !== undefined && before !== name) await tf.setBackend(before);
  }
}

/** The backend that is chosen where none was asked for. */
export async function bestBackend(): Promise<StackedBackend> {
  return "wasm";
}

async function start(tf: TensorFlow, name: StackedBackend): Promise<void> {
  let cause: unknown;
  try {
    const needed = packages[name];
    if (needed && !tf.engine().registryFactory[name]) requireBackend(needed);
    if (await tf.setBackend(name)) {
      if (name === "wasm") registerMapKernels();
      return;
    }
  } catch (error) {
    cause = error;
  }
  throw new WeightbookError(
    "stacked/backend",
    `the backend "${name}" cannot be started here; choose another, e.g. stackedEngine({ backend: "wasm" })`,
    { value: name, cause },
  );
}
