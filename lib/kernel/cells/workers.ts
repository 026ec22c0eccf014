import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";
import { cellContext, runFor } from "./running-cell.js";

/**
 * Lets what a worker tells be heard in the context of the cell that started it: Node tells of a worker's end, and of
 * its want of memory, in none.
 */
export function keepContextOfWorkers(): void {
  const NodeWorker = threads.Worker;
  class Worker extends NodeWorker {
    private readonly cell = cellContext.getStore();

    override emit(event: string | symbol, ...values: unknown[]): boolean {
      const emit = () => super.emit(event as "message", ...(values as [unknown]));
      if (!this.cell || event === "newListener" || event === "removeListener") return emit();
      runFor(this.cell, emit);
      return true;
    }
  }
  Object.assign(threads, { Worker });
  syncBuiltinESMExports();
}
