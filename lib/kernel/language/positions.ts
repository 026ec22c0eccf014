import { SourceMap, type SourceMapPayload } from "node:module";
import { typescript } from "./tslab.js";

/**
 * Leads from the JavaScript that runs back to the lines that the reader wrote. tslab emits no source map and adds and
 * rewrites lines, so we transpile the cell once more with a map and find each emitted line again by its text.
 */
export class CellPositions {
  private readonly cells = new Map<number, { source: string; output: string }>();

  /** Remembers a cell; returns its JavaScript under a name by which its stack frames can be told from other cells'. */
  record(cell: number, source: string, output: string): string {
    this.cells.set(cell, { source, output });
    return `${output}\n//# sourceURL=cell[${cell}]`;
  }

  /** A line of a stack trace with positions in cells as the reader counts them; without a line where unknown. */
  translate(frame: string): string {
    return frame.replace(/cell\[(\d+)\]:(\d+):\d+/g, (_, cell: string, line: string) => {
      const original = this.sourceLine(Number(cell), Number(line));
      return original === undefined ? `cell[${cell}]` : `cell[${cell}]:${original}`;
    });
  }

  /** Line of the source (from 1) that line `line` (from 1) of the JavaScript came from. */
  private sourceLine(cell: number, line: number): number | undefined {
    const known = this.cells.get(cell);
    if (!known) return undefined;
    const emitted = known.output.split("\n").map(bare);
    const text = emitted[line - 1];
    const { outputText, sourceMapText } = typescript.transpileModule(known.source, { compilerOptions });
    const lines = outputText.split("\n").map(bare);
    // Equal lines keep their order, so the n-th in one is the n-th in the other.
    const nth = emitted.slice(0, line).filter((entry) => entry === text).length;
    let at = -1;
    for (let i = 0; i < nth; i++) at = lines.indexOf(text, at + 1);
    if (!text || at < 0 || sourceMapText === undefined) return undefined;
    const map = new SourceMap(JSON.parse(sourceMapText) as SourceMapPayload);
    const indent = outputText.split("\n")[at].search(/\S/);
    const entry = map.findEntry(at, Math.max(indent, 0));
    return "originalLine" in entry ? entry.originalLine + 1 : undefined;
  }
}

/** ES2022 and ESNext, as tslab compiles. */
const compilerOptions = { target: 9, module: 99, sourceMap: true };

/** A line without what tslab and the step to CommonJS change: exports, wrapped imports, the last expression's name. */
function bare(line: string): string {
  return line
    .replace(/\s+/g, "")
    .replace(/^(export)?consttsLastExpr\d*=/, "")
    .replace(/^exports\.tsLastExpr\d*=/, "")
    .replace(/\(0,([\w$.]+)\)/g, "$1")
    .replace(/\b(exports|\w+_\d+)\./g, "")
    .replace(/^([\w$]+)=\1=/, "$1=");
}
