import { parseCell } from "./cell-syntax.js";
import { offsetOfCursor } from "./code-points.js";
import { type Executor, type ts, typescript } from "./tslab.js";

/** Jupyter's `inspect_reply`. */
export interface InspectionReply {
  readonly status: "ok";
  readonly found: boolean;
  readonly data: Record<string, string>;
  readonly metadata: Record<string, unknown>;
}

/**
 * What is known of the name at the cursor (or right before it, or else of the function whose arguments it stands
 * among): its type and its doc comment, in plain text and in Markdown. Never throws: the language service fails on
 * some half-written code.
 * @param cursor Jupyter's `cursor_pos`, whatever it is
 */
export function inspection(executor: Executor, code: string, cursor: unknown): InspectionReply {
  const info = firstInfo(executor, code, offsetOfCursor(code, cursor));
  const data: Record<string, string> = info
    ? { "text/plain": plain(info), "text/markdown": markdown(info) }
    : {};
  return { status: "ok", found: info !== undefined, data, metadata: {} };
}

function firstInfo(executor: Executor, code: string, offset: number): ts.QuickInfo | undefined {
  const places = [offset, offset - 1, calleeAround(code, offset)];
  for (const place of places) {
    if (place === undefined || place < 0) continue;
    try {
      const info: ts.QuickInfo | undefined = executor.inspect(code, place);
      // The type of a name that nobody declared.
      if (info?.displayParts?.length && textOf(info.displayParts) !== "any") return info;
    } catch {
      // The next place may be one that the service can tell something of.
    }
  }
  return undefined;
}

/** Offset of the name of the innermost function whose argument list holds `offset`. */
function calleeAround(code: string, offset: number): number | undefined {
  const file = parseCell(code);
  let found: number | undefined;
  // An argument list that was not closed goes on over the space behind it.
  const last = code.slice(0, offset).trimEnd().length;
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || last > node.end) return;
    if ((typescript.isCallExpression(node) || typescript.isNewExpression(node)) && node.arguments) {
      const isClosed = code[node.end - 1] === ")";
      const isInside = offset >= node.arguments.pos && (!isClosed || offset <= node.end);
      const { expression } = node;
      const callee = typescript.isPropertyAccessExpression(expression) ? expression.name : expression;
      if (isInside) found = callee.getStart(file);
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Text of a signature or a comment; a link shows its own words, or else what it leads to. */
function textOf(parts: readonly ts.SymbolDisplayPart[] = []): string {
  const shown = parts.filter(({ kind }, i) => {
    if (kind === "link") return false;
    return kind !== "linkName" || parts[i + 1]?.kind !== "linkText";
  });
  return shown.map(({ text }) => text).join("");
}

function plain(info: ts.QuickInfo): string {
  const tags = (info.tags ?? []).map(({ name, text }) => {
    const words = textOf(text);
    return `@${name}${name === "example" ? `\n${words}` : words && ` ${words}`}`;
  });
  return paragraphs([textOf(info.displayParts), textOf(info.documentation), tags.join("\n")]);
}

function markdown(info: ts.QuickInfo): string {
  const signature = `\`\`\`typescript\n${textOf(info.displayParts)}\n\`\`\``;
  return paragraphs([signature, textOf(info.documentation), ...(info.tags ?? []).map(markdownTag)]);
}

function markdownTag({ name, text }: ts.JSDocTagInfo): string {
  const words = textOf(text);
  if (name === "example" && !words.includes("```")) return `*@example*\n\`\`\`typescript\n${words}\n\`\`\``;
  const subject = text?.find(({ kind }) => kind === "parameterName" || kind === "typeParameterName")?.text;
  if (subject === undefined || !words.startsWith(subject)) return `*@${name}*${words && ` ${words}`}`;
  const rest = words.slice(subject.length).replace(/^[\s-–—]+/, "");
  return `*@${name}* \`${subject}\`${rest && ` — ${rest}`}`;
}

function paragraphs(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}
