import { glob } from "./glob.js";

/** A cell that was run, as history tells it. */
interface Entry {
  readonly line: number;
  readonly code: string;
  output: string | null;
}

type Content = Readonly<Record<string, unknown>>;

/** An entry as Jupyter sends it: session, line, and the code, or the code with its output. */
type Line = readonly [number, number, string | readonly [string, string | null]];

/** The number of the one session that a kernel knows: history ends with its process. */
const session = 1;

/** The cells that were run and stored, for a front end's arrow keys and searches. */
export class History {
  private readonly entries: Entry[] = [];

  add(line: number, code: string): void {
    this.entries.push({ line, code, output: null });
  }

  /** Notes what the latest cell's value looked like as text. */
  noteOutput(line: number, output: string): void {
    const entry = this.entries.findLast((candidate) => candidate.line === line);
    if (entry) entry.output = output;
  }

  /**
   * Answers a history_request: `tail` (the last n), `range` (lines from start to before stop) or `search` (a pattern
   * with * and ?; the last n; each code once when `unique`). Wild values count as left out.
   */
  answer(content: Content): Record<string, unknown> {
    const withOutput = content.output === true;
    const history = this.select(content).map(
      ({ line, code, output }): Line => [session, line, withOutput ? [code, output] : code],
    );
    return { status: "ok", history };
  }

  private select(content: Content): Entry[] {
    const n = whole(content.n);
    switch (content.hist_access_type) {
      case "tail":
        return last(this.entries, n);
      case "range": {
        // 0 is the session that runs, negative numbers those before it.
        const wanted = whole(content.session) ?? 0;
        if (wanted !== 0 && wanted !== session) return [];
        const start = whole(content.start) ?? 0;
        const stop = whole(content.stop) ?? Number.POSITIVE_INFINITY;
        return this.entries.filter(({ line }) => line >= start && line < stop);
      }
      case "search": {
        const matches = glob(String(content.pattern ?? "*"));
        const found = this.entries.filter(({ code }) => matches(code));
        return last(content.unique === true ? latestOfEach(found) : found, n);
      }
      default:
        return [];
    }
  }
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : undefined;
}

function last(entries: readonly Entry[], n: number | undefined): Entry[] {
  return n === undefined ? [...entries] : n > 0 ? entries.slice(-n) : [];
}

/** Entries with different code; of equal ones the latest. */
function latestOfEach(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.code, entry])).values()].sort((a, b) => a.line - b.line);
}
