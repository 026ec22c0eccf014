import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import type { CellRequest, Outcome } from "../channel.js";

// Kept from cells that replace the global function.
const { setImmediate } = globalThis;

/** A cell from its start on; also known to timers, workers and streams that it left behind. */
export class RunningCell {
  readonly outcome: Promise<Outcome>;
  /** Value of the last expression, once there is one. */
  value: { readonly of: unknown } | undefined;
  /** What was thrown; the first counts. */
  thrown: { readonly value: unknown } | undefined;
  /** What the compiler says. */
  readonly complaints: string[] = [];
  hasEnded = false;
  private resolve: (outcome: Outcome) => void = () => undefined;

  constructor(readonly request: CellRequest) {
    this.outcome = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Ends the cell; the first end counts. */
  end(outcome: Outcome): void {
    this.hasEnded = true;
    this.value = undefined;
    this.resolve(outcome);
  }

  /** Node hangs the cell on timers and promises, where readers who print them should not see its insides. */
  [inspect.custom](): string {
    return `cell[${this.request.count}]`;
  }
}

/** The cell that started what runs now, through timers, promises and streams. */
export const cellContext = new AsyncLocalStorage<RunningCell | undefined>();

/**
 * Runs what nobody waits for in the context of a cell. What it throws is thrown once more in that context, which an
 * error that leaves it would lose.
 */
export function runFor(cell: RunningCell | undefined, work: () => void): void {
  cellContext.run(cell, () => {
    try {
      work();
    } catch (thrown) {
      // From a tick or a microtask it would lose the context too.
      setImmediate(() => {
        throw thrown;
      });
    }
  });
}

/**
 * Takes from printed promises what Node 20 hangs on them to follow asynchronous contexts: `Promise { 1 }` stays what
 * it is.
 */
export function hideContextOfPromises(): void {
  Object.defineProperty(Promise.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: Promise<unknown>) {
      for (const key of Object.getOwnPropertySymbols(this)) {
        if (
          /^(async_id_symbol|trigger_async_id_symbol|destroyed|kResourceStore)$/.test(key.description ?? "")
        ) {
          Object.defineProperty(this, key, { enumerable: false });
        }
      }
      return this;
    },
  });
}
