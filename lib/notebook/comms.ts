import { WeightbookError } from "../core/errors.js";

/** A channel between a cell and a widget in the front end (Jupyter calls it a comm). Data are JSON. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Called with each message of the other side; assign your own. */
  onMessage: (data: unknown) => void;
  /** Called when the other side closes the channel; assign your own. */
  onClose: (data: unknown) => void;
  send(data: unknown): void;
  close(data?: unknown): void;
}

/** The comms of a notebook. */
export interface Comms {
  /** Lets front ends open comms to `target`; `onOpen` is called with each. What it prints goes to the cell that calls this. */
  register(target: string, onOpen: (comm: Comm, data: unknown) => void): void;
  /** Opens a comm to a target that the front end has registered. */
  connect(target: string, data?: unknown): Comm;
}

/**
 * The comms of the kernel that runs this notebook.
 * @throws WeightbookError "notebook/comms" outside of it, where no front end could answer
 */
export function comms(): Comms {
  const found = (globalThis as Record<symbol, unknown>)[Symbol.for("weightbook.comms")];
  if (found) return found as Comms;
  throw new WeightbookError(
    "notebook/comms",
    "comms are there in the kernel TypeScript (weightbook) only; run this in a notebook that uses it",
  );
}
