import { Worker } from "node:worker_threads";
import { cellContext } from "./running-cell.js";

/** Places in the memory that is shared with the watching thread. */
export const places = { requested: 0, handled: 1, guarded: 2, terminated: 3, meant: 4, running: 5 } as const;

/** Name of the function that prepares this thread for being terminated. */
export const prepareName = "weightbook.prepareTermination";

/** Thrown in order that Node puts its records of nested callbacks right, which a termination leaves in disorder. */
const repair = new Error("interrupted");

/**
 * Interrupts of the process that runs the cells. A thread of its own hears them, so that JavaScript which never lets go
 * can be stopped too: if the main thread does not react, what it runs is terminated.
 */
export class Interrupts {
  private readonly state = new Int32Array(new SharedArrayBuffer(4 * Object.keys(places).length));

  /**
   * @param onInterrupt is called in the main thread, on an empty stack, with the number of the cell that is meant; with
   *   true when what ran was terminated
   * @param onTermination is called right before what runs is terminated
   */
  constructor(
    private readonly onInterrupt: (cell: number, wasTerminated: boolean) => void,
    onTermination: () => void,
  ) {
    const prepare = () => {
      onTermination();
      // Node checks its records of nested callbacks while it follows asynchronous contexts, and would give up.
      cellContext.disable();
    };
    Object.defineProperty(globalThis, Symbol.for(prepareName), { value: prepare });
  }

  /** Notes which cell runs, 0 for none: an interrupt that was meant for another one does not terminate it. */
  set running(cell: number) {
    Atomics.store(this.state, places.running, cell);
  }

  listen(): void {
    const watcher = new Worker(new URL("./interrupt-watcher.js", import.meta.url), {
      workerData: this.state,
    });
    watcher.on("message", () => {
      // Said again, in case it had not been heard.
      if (Atomics.load(this.state, places.handled) >= Atomics.load(this.state, places.requested)) return;
      Atomics.store(this.state, places.handled, Atomics.load(this.state, places.requested));
      if (Atomics.exchange(this.state, places.terminated, 0) === 1) throw repair;
      this.onInterrupt(this.meant, false);
    });
    watcher.unref();
  }

  /** Takes an uncaught error that is ours; false for any other. */
  takes(error: unknown): boolean {
    if (error !== repair) return false;
    // Contexts are followed again from here on.
    cellContext.run(undefined, () => undefined);
    this.onInterrupt(this.meant, true);
    return true;
  }

  /** True when an interrupt has come that means this cell and that nobody has reacted to yet. */
  isPendingFor(cell: number): boolean {
    const isPending = Atomics.load(this.state, places.requested) > Atomics.load(this.state, places.handled);
    return isPending && this.meant === cell;
  }

  /** The cell that the latest interrupt means. */
  private get meant(): number {
    return Atomics.load(this.state, places.meant);
  }

  /** Runs the kernel's own work, which must not be terminated halfway: the compiler would be left in disorder. */
  guard<T>(work: () => T): T {
    Atomics.add(this.state, places.guarded, 1);
    try {
      return work();
    } finally {
      Atomics.sub(this.state, places.guarded, 1);
    }
  }
}
