import { createHmac, randomUUID } from "node:crypto";

/** What a Jupyter connection file says. */
export interface ConnectionInfo {
  readonly transport: string;
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme: string;
  readonly kernel_name?: string;
}

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

/** A message of the Jupyter protocol, without its routing prefix. */
export interface Message {
  readonly header: Header;
  readonly parent_header: Partial<Header>;
  readonly metadata: Record<string, unknown>;
  readonly content: Record<string, unknown>;
}

const delimiter = "<IDS|MSG>";

/** A new request of type `type` in a session. */
export function request(type: string, session: string, content: Record<string, unknown>): Message {
  const header: Header = {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: "weightbook",
    date: new Date().toISOString(),
    version: "5.3",
  };
  return { header, parent_header: {}, metadata: {}, content };
}

/** A message that answers (or follows from) `parent`. */
export function reply(
  type: string,
  parent: Message | undefined,
  session: string,
  content: Record<string, unknown>,
): Message {
  return { ...request(type, session, content), parent_header: parent?.header ?? {} };
}

/** HMAC-SHA256 over the four parts, as lower-case hex; empty when the key is empty (signing is off). */
function sign(parts: readonly (string | Buffer)[], key: string): string {
  if (!key) return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** Frames of a message: delimiter, signature, header, parent, metadata, content. */
export function encode(message: Message, key: string): string[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
    JSON.stringify(part),
  );
  return [delimiter, sign(parts, key), ...parts];
}

/** What a router socket put before a message: the way back to its sender. */
export function routingPrefix(frames: readonly Buffer[]): Buffer[] {
  return frames.slice(
    0,
    frames.findIndex((frame) => frame.toString("latin1") === delimiter),
  );
}

/**
 * Reads a message from its frames, whatever routing prefix stands before them; undefined when the frames are not a
 * message or its signature is wrong (such frames are ignored, as Jupyter does).
 */
export function decode(frames: readonly Buffer[], key: string): Message | undefined {
  const start = frames.findIndex((frame) => frame.toString("latin1") === delimiter);
  const parts = frames.slice(start + 2, start + 6);
  if (start < 0 || parts.length < 4 || frames[start + 1].toString() !== sign(parts, key)) return undefined;
  const [header, parent_header, metadata, content] = parts.map(parseRecord);
  if (!header || !content || !isHeader(header)) return undefined;
  return { header, parent_header: parent_header ?? {}, metadata: metadata ?? {}, content };
}

/** A frame as a JSON object; undefined for anything else. */
function parseRecord(frame: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What an answer needs of a request's header; the rest is sent back as it came, if it can be (not if it is too deep). */
function isHeader(record: Record<string, unknown>): record is Record<string, unknown> & Header {
  if (typeof record.msg_id !== "string" || typeof record.msg_type !== "string") return false;
  try {
    JSON.stringify(record);
    return true;
  } catch {
    return false;
  }
}
