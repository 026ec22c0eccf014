import { randomUUID } from "node:crypto";
import type { CellProcess } from "./cell-process.js";
import { Comms } from "./comms.js";
import { Execution } from "./execution.js";
import { kernelInfo } from "./kernel-info.js";
import type { Piece } from "./ordered-output.js";
import type { Incoming, Sockets } from "./sockets.js";
import { type Message, reply } from "./wire.js";

type Content = Readonly<Record<string, unknown>>;

/** For this time (ms) after we have sent a signal to all processes of our group, it is the one that arrives here. */
const ownSignalMs = 100;

/** Answers what front ends send, whatever a cell is doing. */
export class KernelServer {
  private readonly session = randomUUID();
  private readonly execution: Execution;
  private readonly cells: CellProcess;
  private readonly comms: Comms;
  private onClosed: () => void = () => undefined;
  private signalledAt = Number.NEGATIVE_INFINITY;

  /**
   * @param startCells starts the process that runs the cells, whose output goes to the function that it gets
   * @param memoryAdvice what a reader can do when a cell needs more memory than there is
   */
  constructor(
    private readonly sockets: Sockets,
    startCells: (onPiece: (piece: Piece) => void) => CellProcess,
    memoryAdvice: string,
  ) {
    this.cells = startCells((piece) => this.execution.take(piece));
    const publish = (type: string, parent: Message | undefined, content: Content) =>
      this.publish(type, parent, content);
    this.comms = new Comms((message) => this.cells.tellComm(message));
    this.execution = new Execution(this.cells, this.comms, { session: this.session, publish }, memoryAdvice);
  }

  /** Serves until a shutdown request was answered or the cells' process is gone; true when all is well. */
  async serve(): Promise<boolean> {
    const shutDown = new Promise<boolean>((resolve) => {
      this.onClosed = () => resolve(true);
    });
    await this.sockets.open((incoming) => this.receive(incoming), this.cells.ready);
    this.publish("status", undefined, { execution_state: "starting" });
    const died = this.cells.gone.then(() => false);
    const isWell = await Promise.race([shutDown, died]);
    if (!isWell) {
      const cause = await this.cells.gone;
      this.execution.die(cause);
      console.error(`the kernel ends: ${cause}`);
    }
    this.execution.close();
    await this.cells.stop();
    await this.sockets.close();
    return isWell;
  }

  /** What SIGINT does to this process: it stops what the cells are doing, unless we have sent it ourselves. */
  onSignal(): void {
    if (performance.now() - this.signalledAt > ownSignalMs) this.interrupt();
  }

  private interrupt(): void {
    this.cells.interrupt(this.execution.runningCell);
  }

  /** As a terminal's Ctrl-C would: processes that cells started get the signal too. */
  private interruptGroup(): void {
    this.interrupt();
    this.signalledAt = performance.now();
    try {
      process.kill(-process.pid, "SIGINT");
    } catch {
      // There is no group of our own to send it to.
    }
  }

  /** Cells wait for each other; every other request is answered at once. */
  private async receive(incoming: Incoming): Promise<void> {
    const { message } = incoming;
    if (message.header.msg_type === "execute_request") return this.execution.add(incoming);
    this.publish("status", message, { execution_state: "busy" });
    try {
      await this.respond(incoming);
    } finally {
      this.publish("status", message, { execution_state: "idle" });
    }
    if (message.header.msg_type === "shutdown_request") this.onClosed();
  }

  private async respond({ message, answer }: Incoming): Promise<void> {
    const type = message.header.msg_type;
    if (Comms.isAbout(type)) {
      const comm = this.comms.receive(type, message.content);
      if (comm) this.publish(comm.type, message, comm.content);
      return;
    }
    const content = await this.answerTo(type, message.content);
    if (!content) return;
    const answered = reply(type.replace(/_request$/, "_reply"), message, this.session, content);
    answer(answered);
    if (type === "shutdown_request") this.sockets.publish(answered);
  }

  /** The content of a reply; undefined for what needs none or is unknown. */
  private async answerTo(type: string, content: Content): Promise<Content | undefined> {
    switch (type) {
      case "kernel_info_request":
        return kernelInfo;
      case "history_request":
        return this.execution.history.answer(content);
      case "comm_info_request":
        return this.comms.info(content);
      case "interrupt_request":
        this.interruptGroup();
        return { status: "ok" };
      case "shutdown_request":
        return { status: "ok", restart: content.restart === true };
      case "is_complete_request":
      case "complete_request":
      case "inspect_request":
        return this.cells.ask(type, content);
      default:
        return undefined;
    }
  }

  private publish(type: string, parent: Message | undefined, content: Content): void {
    this.sockets.publish(reply(type, parent, this.session, { ...content }));
  }
}
