import type { StreamName } from "../channel.js";

/** How long (ms) output may wait to be joined with what follows it. */
const flushAfterMs = 50;
/** Output of this many characters is sent without waiting. */
const flushAboveCharacters = 16_384;
/** Pieces that wait at most: of more, each stream is joined, and only the order between the streams is given up. */
const pieceLimit = 8;

interface Piece {
  readonly cell: number;
  readonly name: StreamName;
  readonly texts: string[];
}

/**
 * Joins what is written to stdout and stderr into few messages: at most one for 50 ms or 16 KiB of a stream, and a few
 * more where stdout and stderr alternate now and then, so that they are seen in the order of writing.
 */
export class StreamBuffer {
  private pieces: Piece[] = [];
  private length = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publish: (cell: number, name: StreamName, text: string) => void) {}

  write(cell: number, name: StreamName, text: string): void {
    const belongs = (piece: Piece) => piece.cell === cell && piece.name === name;
    const last = this.pieces.at(-1);
    const isFull = this.pieces.length >= pieceLimit;
    const piece = last && belongs(last) ? last : isFull ? this.pieces.findLast(belongs) : undefined;
    if (piece) piece.texts.push(text);
    else this.pieces.push({ cell, name, texts: [text] });
    this.length += text.length;
    if (this.length >= flushAboveCharacters) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushAfterMs);
  }

  /** Publishes all that waits: before anything else that is shown, and at a cell's end. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { pieces } = this;
    this.pieces = [];
    this.length = 0;
    for (const { cell, name, texts } of pieces) this.publish(cell, name, texts.join(""));
  }
}
