import { AsyncLocalStorage } from "node:async_hooks";
import type { CellRequest, Outcome } from "../channel.js";

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
  /** Its code was stopped by force. */
  wasTerminated = false;
  private resolve: (outcome: Outcome) => void = () => undefined;

  constructor(readonly request: CellRequest) {
    this.outcome = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Ends the cell; the first end counts. */
  end(outcome: Outcome): void {
    this.hasEnded = true;
    this.resolve(outcome);
  }
}

/** The cell that started what runs now, through timers, promises and streams. */
export const cellContext = new AsyncLocalStorage<RunningCell>();
