import { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { StreamName } from "../channel.js";

type Callback = (error?: Error | null) => void;

/** A process stream whose text goes to the cell's output, at once and in the order of writing. */
class CellStream extends Writable {
  /** Bytes of a character may be cut between writes. */
  private readonly decoder = new StringDecoder("utf8");
  readonly fd: number;

  constructor(
    name: StreamName,
    private readonly print: (text: string) => void,
  ) {
    // It never closes, so nobody shall wait for that: `pipeline` would.
    super({ decodeStrings: false, emitClose: false });
    this.fd = name === "stdout" ? 1 : 2;
    // Each `pipe` leaves listeners, on a stream that all cells share.
    this.setMaxListeners(0);
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    const name = typeof encoding === "string" ? encoding : "utf8";
    const isText = typeof chunk === "string" && (name === "utf8" || name === "utf-8");
    this.print(isText ? chunk : this.decoder.write(bytesOf(chunk, name)));
    const done = typeof encoding === "function" ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  }

  /** The streams of a process stay open, as its own do; whoever waits for the end is told that all is written. */
  override end(...args: unknown[]): this {
    const [chunk, encoding] = args;
    const name = typeof encoding === "string" ? (encoding as BufferEncoding) : undefined;
    if (typeof chunk === "string" || chunk instanceof Uint8Array) this.write(chunk, name);
    const done = args.find((arg) => typeof arg === "function") as Callback | undefined;
    process.nextTick(() => {
      done?.();
      this.emit("finish");
    });
    return this;
  }
}

function bytesOf(chunk: unknown, encoding: BufferEncoding): Buffer {
  if (typeof chunk === "string") return Buffer.from(chunk, encoding);
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const message = `a stream takes text or bytes but got ${chunk === null ? "null" : typeof chunk}`;
  throw new TypeError(message);
}

/** Puts the cells' own streams in the place of the process's; nobody reads what a notebook's process reads. */
export function installStreams(print: (name: StreamName, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = new CellStream(name, (text) => print(name, text));
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
  let input: Readable | undefined;
  const get = () => {
    if (!input || input.destroyed) input = refusingInput();
    return input;
  };
  Object.defineProperty(process, "stdin", { configurable: true, enumerable: true, get });
}

/** Standard input of a notebook: there is none, which whoever reads it is told. */
function refusingInput(): Readable {
  const input = new Readable({
    read() {
      const error = new Error(
        "a cell cannot read standard input: this kernel asks for none; write the value into a variable instead",
      );
      error.name = "StdinNotImplementedError";
      this.destroy(error);
    },
  });
  return Object.assign(input, { fd: 0, isTTY: false });
}
