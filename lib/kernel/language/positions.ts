import { relative } from "node:path";
import { type Place, WayBack } from "./source-maps.js";

/** What tslab puts before the first line of a cell, on the same line. */
const wrapper = "(function(exports, require) { ";
const asyncWrapper = "(async function(exports, require) { ";
/** tslab's text before a cell, `export {};` on a line of its own. */
const linesBeforeCell = 1;
/** How many lines an excerpt shows before and after the line that it is about. */
const linesAround = 1;

/** A cell as it was converted. */
export interface ConvertedCell {
  readonly source: string;
  readonly output: string;
  readonly isAsync: boolean;
  /** Column in `source` of a column in what the compiler read; lines and columns count from 0. */
  readonly originalColumn: (line: number, column: number) => number;
}

/**
 * Leads from the JavaScript that runs back to the lines that the reader wrote, in cells and in local modules. Cells go
 * by the name `cell[N]`, where N is the cell's number.
 */
export class CellPositions {
  private readonly cells = new Map<number, ConvertedCell & { readonly back: WayBack }>();
  private readonly modules = new Map<string, WayBack>();

  /** Remembers a cell; returns its JavaScript under a name by which its stack frames can be told from other cells'. */
  record(cell: number, converted: ConvertedCell): string {
    this.cells.set(cell, { ...converted, back: new WayBack(converted.output) });
    return `${converted.output}\n//# sourceURL=cell[${cell}]`;
  }

  /** Remembers a local module by the path under which Node loads it. */
  recordModule(path: string, output: string): void {
    this.modules.set(path, new WayBack(output));
  }

  /** A line of a stack trace with places as the reader counts them; a cell's name alone where the place is unknown. */
  translate(frame: string): string {
    const inCells = frame.replace(/cell\[(\d+)\]:(\d+)(?::(\d+))?/g, (_, cell, line, column = "1") => {
      const place = this.placeInCell(Number(cell), { line: Number(line), column: Number(column) });
      return place ? `cell[${cell}]:${place.line}:${place.column}` : `cell[${cell}]`;
    });
    return inCells.replace(/([^\s(]+\.[jt]sx?):(\d+):(\d+)/g, (whole, path, line, column) => {
      const place = this.modules.get(path)?.find({ line: Number(line), column: Number(column) });
      return place ? `${relative(process.cwd(), path)}:${place.line}:${place.column}` : whole;
    });
  }

  /** The lines around the first place of a cell that `frames` (translated) name, with an arrow; empty if none. */
  excerpt(frames: readonly string[]): string[] {
    for (const frame of frames) {
      const match = /cell\[(\d+)\]:(\d+):(\d+)/.exec(frame);
      const cell = match && this.cells.get(Number(match[1]));
      if (cell) return excerpt(cell.source, { line: Number(match[2]), column: Number(match[3]) });
    }
    return [];
  }

  private placeInCell(number: number, place: Place): Place | undefined {
    const cell = this.cells.get(number);
    if (!cell) return undefined;
    const before = place.line > 1 ? 0 : (cell.isAsync ? asyncWrapper : wrapper).length;
    const found = cell.back.find({ line: place.line, column: place.column - before });
    if (!found || found.line <= linesBeforeCell) return undefined;
    const line = found.line - linesBeforeCell;
    return { line, column: cell.originalColumn(line - 1, found.column - 1) + 1 };
  }
}

/** The lines of `source` around a place, numbered, with an arrow before the line and a caret under the column. */
export function excerpt(source: string, { line, column }: Place): string[] {
  const lines = source.split("\n");
  if (line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - linesAround);
  const last = Math.min(lines.length, line + linesAround);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1].replace(/\r$/, "");
    shown.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number !== line) continue;
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    shown.push(`  ${" ".repeat(width)} | ${indent}^`);
  }
  return shown;
}
