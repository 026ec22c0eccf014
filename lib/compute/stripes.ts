/** Neighbouring columns that one worker computes: enough for whole panels, few enough that all have equal work. */
const width = 64;

/**
 * Columns 0..columns divided among `parts` in turns, a stripe at a time, so that any leading columns are shared out
 * evenly. A part counts its own columns from 0.
 */
export class Stripes {
  constructor(
    private readonly part: number,
    private readonly parts: number,
  ) {}

  /** How many of the first `columns` columns are this part's. */
  count(columns: number): number {
    const round = width * this.parts;
    const rest = (columns % round) - this.part * width;
    return Math.floor(columns / round) * width + Math.min(width, Math.max(0, rest));
  }

  /** Calls `visit` for each stripe that holds own columns from..to: its own columns, and its first one of all columns. */
  each(from: number, to: number, visit: (from: number, to: number, column: number) => void): void {
    for (let start = from; start < to; ) {
      const stripe = Math.floor(start / width);
      const end = Math.min(to, (stripe + 1) * width);
      visit(start, end, (stripe * this.parts + this.part) * width + (start % width));
      start = end;
    }
  }
}
