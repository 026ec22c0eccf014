import type { CommMessage } from "../channel.js";

type Content = Readonly<Record<string, unknown>>;

/** What is published about a comm, as a message of Jupyter's. */
interface Published {
  readonly type: string;
  readonly content: Content;
}

const actions: Readonly<Record<string, CommMessage["action"]>> = {
  comm_open: "open",
  comm_msg: "message",
  comm_close: "close",
};

/**
 * The comms between front ends and cells, as the front process knows them: it tells which are open, and closes at once
 * what nobody in a cell waits for, so that no widget hangs.
 */
export class Comms {
  private readonly targets = new Set<string>();
  /** Target by id of each open comm. */
  private readonly open = new Map<string, string>();

  /** @param tell passes a message on to the cells */
  constructor(private readonly tell: (message: CommMessage) => void) {}

  static isAbout(type: string): boolean {
    return type in actions;
  }

  /** A message of a front end; returns what is published in answer, if anything. */
  receive(type: string, content: Content): Published | undefined {
    const action = actions[type];
    const id = String(content.comm_id ?? "");
    const target = String(content.target_name ?? this.open.get(id) ?? "");
    if (action === "open" && !this.targets.has(target)) {
      return { type: "comm_close", content: { comm_id: id, data: {} } };
    }
    if (action !== "open" && !this.open.has(id)) return undefined;
    this.note(action, id, target);
    this.tell({ action, id, target, data: content.data ?? {} });
    return undefined;
  }

  /** A cell has registered a target: comms to it may be opened. */
  register(target: string): void {
    this.targets.add(target);
  }

  /** A message of a cell, as it is published. */
  publish({ action, id, target, data }: CommMessage): Published {
    this.note(action, id, target);
    if (action === "open") return { type: "comm_open", content: { comm_id: id, target_name: target, data } };
    return { type: action === "close" ? "comm_close" : "comm_msg", content: { comm_id: id, data } };
  }

  /** Answers a comm_info_request: the open comms, of one target or of all. */
  info(content: Content): Content {
    const wanted = typeof content.target_name === "string" ? content.target_name : undefined;
    const open = [...this.open].filter(([, target]) => wanted === undefined || target === wanted);
    const comms = Object.fromEntries(open.map(([id, target]) => [id, { target_name: target }]));
    return { status: "ok", comms };
  }

  private note(action: CommMessage["action"], id: string, target: string): void {
    if (action === "open") this.open.set(id, target);
    else if (action === "close") this.open.delete(id);
  }
}
