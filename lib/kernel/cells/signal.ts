type Listener = (signal: AbortSignal) => void;

const signalName = Symbol.for("weightbook.signal");
const listenersName = Symbol.for("weightbook.signalListeners");

/**
 * The signal that an interrupt aborts, left where lib finds it: long work in a cell listens to it. It serves one cell
 * after the other until it was aborted; then the next cell gets a fresh one, of which listeners are told.
 */
export class CellSignal {
  private controller = new AbortController();

  constructor() {
    Object.defineProperty(globalThis, signalName, { get: () => this.controller.signal });
  }

  abort(): void {
    this.controller.abort();
  }

  /** Makes a fresh signal if the last one was aborted. */
  renew(): void {
    if (!this.controller.signal.aborted) return;
    this.controller = new AbortController();
    const listeners = (globalThis as Record<symbol, unknown>)[listenersName];
    if (!(listeners instanceof Set)) return;
    for (const listener of listeners as Set<Listener>) listener(this.controller.signal);
  }
}
