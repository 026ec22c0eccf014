import { type Executor, inspectionText, isCompleteCode } from "./tslab.js";

type Content = Record<string, unknown>;

/** Answers what editors ask about code; undefined for a request that this kernel does not know. */
export function answer(executor: Executor, type: string, content: Readonly<Content>): Content | undefined {
  const code = String(content.code ?? "");
  const cursor = Number(content.cursor_pos ?? 0);
  switch (type) {
    case "is_complete_request": {
      const { completed, indent } = isCompleteCode(code);
      return completed ? { status: "complete" } : { status: "incomplete", indent: indent ?? "" };
    }
    case "complete_request": {
      const { candidates, start, end } = executor.complete(code, cursor);
      return { status: "ok", matches: candidates, cursor_start: start, cursor_end: end, metadata: {} };
    }
    case "inspect_request": {
      const info = executor.inspect(code, cursor);
      const data = info ? { "text/plain": inspectionText(info) } : {};
      return { status: "ok", found: Boolean(info), data, metadata: {} };
    }
    default:
      return undefined;
  }
}
