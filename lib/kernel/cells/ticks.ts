import { cellContext } from "./running-cell.js";

/**
 * Lets no tick of a cell run any more that was terminated: a tick that asks for the next one would never let the event
 * loop go on, and nothing else takes ticks out of their queue.
 */
export function dropTicksOfTerminatedCells(): void {
  const { nextTick } = process;
  process.nextTick = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    const cell = cellContext.getStore();
    if (!cell || typeof callback !== "function") return nextTick(callback, ...args);
    nextTick(() => {
      if (!cell.wasTerminated) callback(...args);
    });
  };
}
