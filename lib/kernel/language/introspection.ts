import type { Cells } from "../cells/cells.js";
import { failureOfThrown } from "../cells/failure.js";
import type { Message } from "../protocol/wire.js";
import { inspectionText, isCompleteCode, tslabVersion } from "./tslab.js";

/** Language information, also written into a notebook's metadata. */
export const languageInfo = {
  codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
  file_extension: ".ts",
  mimetype: "text/typescript",
  name: "typescript",
  version: "5.0.4",
};

export const kernelInfo = {
  status: "ok",
  protocol_version: "5.3",
  implementation: "weightbook",
  implementation_version: tslabVersion,
  language_info: languageInfo,
  banner: "TypeScript cells for weightbook, run by tslab's executor",
  help_links: [],
};

type Content = Record<string, unknown>;

/** Answers what editors ask about code; undefined for a request that this kernel does not know. */
export function answer(cells: Cells, message: Message): Content | undefined {
  try {
    return ask(cells, message);
  } catch (thrown) {
    // The language service throws on some half-written code; the editor then shows nothing.
    return { status: "error", ...failureOfThrown(thrown) };
  }
}

function ask(cells: Cells, message: Message): Content | undefined {
  const code = String(message.content.code ?? "");
  const cursor = Number(message.content.cursor_pos ?? 0);
  switch (message.header.msg_type) {
    case "is_complete_request": {
      const { completed, indent } = isCompleteCode(code);
      return completed ? { status: "complete" } : { status: "incomplete", indent: indent ?? "" };
    }
    case "complete_request": {
      const { candidates, start, end } = cells.executor.complete(code, cursor);
      return { status: "ok", matches: candidates, cursor_start: start, cursor_end: end, metadata: {} };
    }
    case "inspect_request": {
      const info = cells.executor.inspect(code, cursor);
      const data = info ? { "text/plain": inspectionText(info) } : {};
      return { status: "ok", found: Boolean(info), data, metadata: {} };
    }
    case "comm_info_request":
      return { status: "ok", comms: {} };
    case "history_request":
      return { status: "ok", history: [] };
    default:
      return undefined;
  }
}
