import type { Output } from "./runner/notebook.js";

/** How often (ms) a log that is no terminal says how far long work is. */
const everyMs = 60_000;

/** Shows a running notebook's outputs in a terminal, or as plain lines where output goes to a file. */
export class LiveOutput {
  private atLineStart = true;
  /** The line above is a display that may still be replaced. */
  private isLive = false;
  private printedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly print: (text: string) => void,
    private readonly isTerminal: boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Shows one output; `update` when it replaces an earlier display. */
  show(output: Output, update: boolean): void {
    if (output.output_type === "stream") this.text(output.text);
    else if (output.output_type === "error") this.text(`${output.traceback.join("\n")}\n`);
    else this.display(output.data, update);
  }

  /** Starts a new line unless one was just started. */
  freshLine(): void {
    if (!this.atLineStart) this.text("\n");
  }

  /** Only text that stands for itself: a figure's words say nothing without the figure. */
  private display(data: Record<string, unknown>, update: boolean): void {
    const isFigure = Object.keys(data).some((type) => type.startsWith("image/") || type.includes("plotly"));
    const text = data["text/plain"];
    if (isFigure || typeof text !== "string") return;
    if (update && this.isTerminal && this.isLive) this.text(`\u001b[1A\r\u001b[K${text}\n`);
    else if (!update || this.isTerminal || this.now() - this.printedAt >= everyMs) {
      this.freshLine();
      this.text(`${text}\n`);
    }
    this.isLive = !text.includes("\n");
  }

  private text(text: string): void {
    const shown = this.isTerminal ? text : withoutOverwritten(text);
    if (shown === "") return;
    this.print(shown);
    this.printedAt = this.now();
    this.isLive = false;
    this.atLineStart = /[\n\r]$/.test(shown);
  }
}

/** Text for a log: of lines that overwrite each other only those that are ended by a line break. */
function withoutOverwritten(text: string): string {
  return text.replace(/[^\n]*\r(?!\n)/g, "");
}
