/** A chain of this many ticks, each asked for by the one before, is taken to be endless when it is interrupted. */
const chainLimit = 1000;

/**
 * Counts how deep chains of ticks are. A tick that asks for the next one never lets the event loop go on, and when it
 * is stopped by force, the next one is in Node's queue already.
 * @returns drops the rest of endless chains; to be called right before what runs is terminated
 */
export function countTicks(): () => void {
  const { nextTick } = process;
  let depth = 0;
  // Of terminations: a tick that was asked for before the latest one may be the rest of a chain. No clock decides, since
  // none goes on while a chain runs.
  let terminations = 0;
  process.nextTick = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    // What is no function is refused as ever.
    if (typeof callback !== "function") return nextTick(callback, ...args);
    const own = depth + 1;
    const asked = terminations;
    nextTick(() => {
      if (own > chainLimit && asked < terminations) return;
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
    terminations++;
    // What is stopped by force does not count back.
    depth = 0;
  };
}
