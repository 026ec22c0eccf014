import { stripVTControlCharacters } from "node:util";
import type { Message } from "../../kernel/protocol/wire.js";
import type { Cell, DataOutput, ErrorOutput, Output } from "./notebook.js";

type Json = Record<string, unknown>;

/**
 * Files published messages under the cell that caused them, and keeps the outputs in the form that is committed:
 * one stream per run of text, progress lines that overwrote each other (\r) reduced to the last.
 */
export class OutputCollector {
  private readonly cellOf = new Map<string, Cell>();
  private readonly displays = new Map<string, DataOutput[]>();
  private readonly clearOnNext = new Set<Cell>();

  /** Outputs that follow from request `id` belong to `cell` from now on. */
  begin(id: string, cell: Cell): void {
    this.cellOf.set(id, cell);
  }

  /** Files one message; returns the cell and output when it was an output. */
  add(message: Message): { cell: Cell; output: Output; update: boolean } | undefined {
    const cell = this.cellOf.get(message.parent_header.msg_id ?? "");
    if (!cell) return undefined;
    const type = message.header.msg_type;
    if (type === "clear_output") {
      if (message.content.wait) this.clearOnNext.add(cell);
      else cell.outputs = [];
      return undefined;
    }
    if (type === "update_display_data") return this.update(cell, message.content);
    const output = outputOf(type, message.content);
    if (!output) return undefined;
    if (this.clearOnNext.delete(cell)) cell.outputs = [];
    this.append(cell, output, message.content);
    return { cell, output, update: false };
  }

  private append(cell: Cell, output: Output, content: Json): void {
    const last = cell.outputs.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      last.text += output.text;
      return;
    }
    // A copy: what is shown live stays what arrived, the stored one grows.
    const kept = { ...output };
    cell.outputs.push(kept);
    const id = displayId(content);
    if (id !== undefined && kept.output_type === "display_data") {
      this.displays.set(id, [...(this.displays.get(id) ?? []), kept]);
    }
  }

  private update(cell: Cell, content: Json): { cell: Cell; output: Output; update: boolean } | undefined {
    const output = outputOf("display_data", content) as DataOutput;
    const shown = this.displays.get(displayId(content) ?? "") ?? [];
    for (const earlier of shown) {
      earlier.data = output.data;
      earlier.metadata = output.metadata;
    }
    return shown.length > 0 ? { cell, output, update: true } : undefined;
  }
}

function displayId(content: Json): string | undefined {
  const id = (content.transient as Json | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}

function outputOf(type: string, content: Json): Output | undefined {
  switch (type) {
    case "stream":
      return { output_type: "stream", name: String(content.name), text: String(content.text) };
    case "display_data":
      return { output_type: type, ...dataOf(content) };
    case "execute_result":
      return { output_type: type, ...dataOf(content), execution_count: Number(content.execution_count) };
    case "error":
      return errorOutput(content);
    default:
      return undefined;
  }
}

function dataOf(content: Json): Pick<DataOutput, "data" | "metadata"> {
  return { data: content.data as Json, metadata: (content.metadata ?? {}) as Json };
}

function errorOutput(content: Json): ErrorOutput {
  const traceback = Array.isArray(content.traceback) ? content.traceback.map(String) : [];
  return {
    output_type: "error",
    ename: String(content.ename),
    evalue: String(content.evalue),
    traceback: traceback.map((line) => stripVTControlCharacters(line)),
  };
}

/** Each line as a terminal would leave it after carriage returns: what was written last from the line's start. */
export function collapseProgress(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      const parts = line.replace(/\r+$/, "").split("\r");
      return parts.at(-1) ?? "";
    })
    .join("\n");
}

/** Puts a cell's finished outputs into the form that is stored. */
export function settleOutputs(cell: Cell): void {
  for (const output of cell.outputs) {
    if (output.output_type === "stream") output.text = collapseProgress(output.text);
  }
  cell.outputs = cell.outputs.filter((output) => output.output_type !== "stream" || output.text !== "");
}
