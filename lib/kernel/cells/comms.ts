import { randomUUID } from "node:crypto";
import type { CommMessage } from "../channel.js";
import { cellContext, type RunningCell, runFor } from "./running-cell.js";

/** A channel between a cell and a widget in the front end. */
export class Comm {
  /** Called with each message of the other side. */
  onMessage: (data: unknown) => void = () => undefined;
  /** Called when the other side closes the channel. */
  onClose: (data: unknown) => void = () => undefined;

  constructor(
    readonly id: string,
    readonly target: string,
    private readonly tell: (message: CommMessage) => void,
  ) {}

  /** Sends data, which must be JSON. */
  send(data: unknown): void {
    this.tell({ action: "message", id: this.id, target: this.target, data });
  }

  close(data: unknown = {}): void {
    this.tell({ action: "close", id: this.id, target: this.target, data });
  }
}

type OnOpen = (comm: Comm, data: unknown) => void;

/**
 * The comms of the cells. What a handler prints goes to the cell that set it up.
 */
export class CellComms {
  private readonly targets = new Map<string, (id: string, data: unknown) => void>();
  private readonly open = new Map<string, { readonly comm: Comm; readonly cell: RunningCell | undefined }>();

  /**
   * @param tell passes a message on to the front ends
   * @param announce tells the front process that a target is there
   */
  constructor(
    private readonly tell: (message: CommMessage) => void,
    private readonly announce: (target: string) => void,
  ) {}

  /** Lets front ends open comms to `target`; a second handler of one target replaces the first. */
  register(target: string, onOpen: OnOpen): void {
    const cell = cellContext.getStore();
    this.targets.set(target, (id, data) => runFor(cell, () => onOpen(this.add(id, target), data)));
    this.announce(target);
  }

  /** Opens a comm to a target that the front end has registered. */
  connect(target: string, data: unknown = {}): Comm {
    const comm = this.add(randomUUID(), target);
    this.tell({ action: "open", id: comm.id, target, data });
    return comm;
  }

  /** A message of a front end. */
  receive({ action, id, target, data }: CommMessage): void {
    if (action === "open") {
      this.targets.get(target)?.(id, data);
      return;
    }
    const known = this.open.get(id);
    if (!known) return;
    const { comm, cell } = known;
    if (action === "close") this.open.delete(id);
    runFor(cell, () => (action === "message" ? comm.onMessage(data) : comm.onClose(data)));
  }

  private add(id: string, target: string): Comm {
    const comm = new Comm(id, target, (message) => {
      if (message.action === "close") this.open.delete(id);
      this.tell(message);
    });
    this.open.set(id, { comm, cell: cellContext.getStore() });
    return comm;
  }
}
