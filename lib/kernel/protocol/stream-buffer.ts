import type { StreamName } from "../channel.js";

/** How long (ms) output may wait to be joined with what follows it. */
const flushAfterMs = 50;
/** Output of this many characters is sent without waiting. */
const flushAboveCharacters = 16_384;

/** Joins what is written to stdout and stderr into few messages, and keeps the order in which it was written. */
export class StreamBuffer {
  private cell = 0;
  private name: StreamName = "stdout";
  private parts: string[] = [];
  private length = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publish: (cell: number, name: StreamName, text: string) => void) {}

  write(cell: number, name: StreamName, text: string): void {
    if (cell !== this.cell || name !== this.name) this.flush();
    this.cell = cell;
    this.name = name;
    this.parts.push(text);
    this.length += text.length;
    if (this.length >= flushAboveCharacters) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushAfterMs);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.length === 0) return;
    const text = this.parts.join("");
    this.parts = [];
    this.length = 0;
    this.publish(this.cell, this.name, text);
  }
}
