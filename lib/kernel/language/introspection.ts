import { completeness } from "./completeness.js";
import { completion } from "./completion.js";
import { inspection } from "./inspection.js";
import type { Executor } from "./tslab.js";

type Content = Record<string, unknown>;

/** Answers what editors ask about code; undefined for requests of other kinds. Never throws. */
export function answer(executor: Executor, type: string, content: Content): Content | undefined {
  const code = typeof content.code === "string" ? content.code : "";
  switch (type) {
    case "is_complete_request":
      return { ...completeness(code) };
    case "complete_request":
      return { ...completion(executor, code, content.cursor_pos) };
    case "inspect_request":
      return { ...inspection(executor, code, content.cursor_pos) };
    default:
      return undefined;
  }
}
