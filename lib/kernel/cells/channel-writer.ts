import { writeSync } from "node:fs";
import { barrierMark, descriptors, type FromCells } from "../channel.js";

/**
 * Writes messages to the front, synchronously: what a cell prints is seen while it computes, and nothing is lost when
 * the process dies.
 */
export class ChannelWriter {
  private token = "";
  private barriers = 0;

  /** @param token of barriers' marks; before it is known there are no barriers */
  begin(token: string): void {
    this.token = token;
  }

  send(message: FromCells): void {
    // The line that an interrupt may have cut short ends here.
    writeAll(descriptors.messages, `\n${JSON.stringify(message)}\n`);
  }

  /**
   * Separates what was written before from what is written after, in messages and in what native code and child
   * processes write to stdout and stderr.
   * @param cell to which the latter belongs from now on
   */
  barrier(cell: number): void {
    if (!this.token) return;
    const number = ++this.barriers;
    const closed = [descriptors.stdout, descriptors.stderr].filter((descriptor) => {
      try {
        writeAll(descriptor, barrierMark(this.token, number));
        return false;
      } catch {
        return true;
      }
    });
    this.send({ type: "barrier", number, closed, cell });
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of a text; waits where a child process has made the descriptor non-blocking and it is full. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
