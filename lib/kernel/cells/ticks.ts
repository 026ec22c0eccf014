/** A chain of this many ticks, each asked for by the one before, is taken to be endless when it is interrupted. */
const chainLimit = 1000;
/** How long (ms) the rest of such a chain is dropped: until the event loop has turned. */
const dropMs = 200;

// Kept from cells that replace the global function.
const { setTimeout } = globalThis;

/**
 * Counts how deep chains of ticks are. A tick that asks for the next one never lets the event loop go on, and when it
 * is stopped by force, the next one is in Node's queue already.
 * @returns drops the rest of endless chains; to be called right before what runs is terminated
 */
export function countTicks(): () => void {
  const { nextTick } = process;
  let depth = 0;
  let isDropping = false;
  process.nextTick = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    // What is no function is refused as ever.
    if (typeof callback !== "function") return nextTick(callback, ...args);
    const own = depth + 1;
    nextTick(() => {
      if (isDropping && own > chainLimit) return;
      const before = depth;
      depth = own;
      try {
        callback(...args);
      } finally {
        depth = before;
      }
    });
  };
  return () => {
    isDropping = true;
    // What is stopped by force does not count back.
    depth = 0;
    setTimeout(() => {
      isDropping = false;
    }, dropMs);
  };
}
