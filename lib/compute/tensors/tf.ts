import { createRequire } from "node:module";
// Types only, which leave no trace in the built code: tfjs itself is loaded by `tensorflow()`, when it is asked for.
import type * as tfjs from "@tensorflow/tfjs";
import { registerGradients } from "./gradients/index.js";

/** The tensor library: tfjs, with all its operations and gradients. */
export type TensorFlow = typeof tfjs;
export type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs";

const require = createRequire(import.meta.url);
let loaded: TensorFlow | undefined;

/**
 * tfjs, loaded when it is first asked for (.15 s): most of this library does without. Its hints for browsers are off,
 * and gradients that it lacks are registered.
 * Copies of its core share one engine, so this is also the engine of tfjs-node and of every backend.
 */
export function tensorflow(): TensorFlow {
  if (!loaded) {
    loaded = require("@tensorflow/tfjs") as TensorFlow;
    loaded.enableProdMode();
    registerGradients(loaded);
  }
  return loaded;
}

/** Loads a package that belongs to tfjs (a backend), after tfjs itself. */
export function requireBackend(name: string): unknown {
  tensorflow();
  return require(name);
}
