import { kernelSignal } from "../core/interrupt.js";

/** What the kernel calls with its new signal. */
type OnSignal = (signal: AbortSignal) => void;

/**
 * The signal that an interrupt of the running cell aborts, for work that is not the library's: in a cell
 * `fetch(url, { signal: wb.signal })`. Always the current one: after an interrupt the kernel makes a new signal for the
 * cells that follow. Outside the kernel it is never aborted.
 *
 * It must be read as `wb.signal`: a cell that imports `signal` by name keeps, for later cells, the one of that time.
 */
export let signal: AbortSignal = kernelSignal() ?? new AbortController().signal;

// The contract with the kernel, which knows this module as little as this module knows it: the kernel calls every
// function of the Set at globalThis[Symbol.for("weightbook.signalListeners")] each time it has made a new signal, after
// globalThis[Symbol.for("weightbook.signal")] gives it. Whoever comes first makes the Set.
const key = Symbol.for("weightbook.signalListeners");
const shared = globalThis as Record<symbol, unknown>;
if (!(shared[key] instanceof Set)) shared[key] = new Set<OnSignal>();
(shared[key] as Set<OnSignal>).add((renewed) => {
  signal = renewed;
});
