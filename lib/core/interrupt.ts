import type { StopOptions } from "./progress.js";

/** What a joint signal was made of, so that none is made of a joint one again. */
const kernelPart = new WeakMap<AbortSignal, AbortSignal>();

/**
 * The signal that an interrupt of the running notebook cell aborts: the kernel keeps it on `globalThis` under
 * `Symbol.for("weightbook.signal")`. Undefined outside the kernel.
 */
export function kernelSignal(): AbortSignal | undefined {
  const signal = (globalThis as Record<symbol, unknown>)[Symbol.for("weightbook.signal")];
  return signal instanceof AbortSignal ? signal : undefined;
}

/**
 * Options whose signal is the one that long work obeys: aborted by the caller's signal or by an interrupt of the kernel,
 * whichever comes first. Long work asks once, at its beginning, and keeps the answer: after an interrupt the next cell
 * has a new signal, which must not make work of the old cell go on.
 */
export function interruptible<Options extends StopOptions>(options: Options): Options {
  const { signal } = options;
  const kernel = kernelSignal();
  if (!kernel || signal === kernel || signal?.aborted) return options;
  if (!signal) return { ...options, signal: kernel };
  if (kernelPart.get(signal) === kernel) return options;
  const joint = AbortSignal.any([signal, kernel]);
  kernelPart.set(joint, kernel);
  return { ...options, signal: joint };
}
