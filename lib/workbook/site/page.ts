import { dirname } from "node:path";
import { plotlyMime } from "../../core/mime.js";
import type { Cell, Notebook } from "../runner/notebook.js";
import { highlight } from "./highlight.js";
import { Anchors, escapeHtml } from "./html.js";
import { type Heading, MarkdownPage, plainText } from "./markdown.js";
import { outputHtml } from "./outputs.js";
import { shell } from "./shell.js";

/** A notebook with what the site says about it. */
export interface Entry {
  readonly path: string;
  /** File name without `.ipynb`; the page is `<name>.html`. */
  readonly name: string;
  readonly notebook: Notebook;
  readonly title: string;
  /** First paragraph, as plain text. */
  readonly summary: string;
  /** The preset that its outputs were made at; undefined when the notebook does not say. */
  readonly preset: string | undefined;
}

/** Reads what the site says about a notebook from its first cells. */
export function entryOf(path: string, name: string, notebook: Notebook): Entry {
  const source = notebook.cells.find((cell) => cell.cell_type === "markdown")?.source ?? "";
  const markdown = new MarkdownPage(new Anchors(), dirname(path));
  const title = /^#\s+(.+)$/m.exec(source)?.[1].trim() ?? name;
  const prose =
    source
      .replace(/^#.*$/gm, "")
      .trim()
      .split(/\n\s*\n/)[0] ?? "";
  const told = (notebook.metadata.weightbook as { preset?: unknown } | undefined)?.preset;
  return {
    ...{ path, name, notebook, title: plainText(markdown.render(title).html) },
    summary: plainText(markdown.render(prose).html).replace(/\s+/g, " "),
    preset: typeof told === "string" ? told : undefined,
  };
}

/** The page of one notebook. */
export function notebookPage(entry: Entry, before: Entry | undefined, after: Entry | undefined): string {
  const markdown = new MarkdownPage(new Anchors(), dirname(entry.path));
  const headings: Heading[] = [];
  const parts = entry.notebook.cells.map((cell) => {
    if (cell.cell_type === "code") return codeHtml(cell, markdown);
    if (cell.cell_type === "raw") return "";
    const { html, headings: found } = markdown.render(cell.source);
    headings.push(...found);
    return `<section class="prose">\n${html}</section>\n`;
  });
  const turn = turnHtml(before, after);
  const setting = entry.preset ? `Outputs at preset <b>${escapeHtml(entry.preset)}</b>. ` : "";
  const file = `<p class="provenance">${setting}Source: <code>notebooks/${escapeHtml(entry.name)}.ipynb</code></p>\n`;
  return shell({
    title: `${entry.title} – weightbook`,
    description: entry.summary,
    aside: contents(headings),
    main: `${turn}${file}<article>\n${parts.join("")}</article>\n${turn}`,
    hasFigures: entry.notebook.cells.some((cell) =>
      cell.outputs.some((output) => "data" in output && plotlyMime in output.data),
    ),
  });
}

function codeHtml(cell: Cell, markdown: MarkdownPage): string {
  if (cell.source.trim() === "") return "";
  const number = cell.execution_count ?? " ";
  const tag = cell.metadata.tags?.includes("parameters") ? '<span class="tag">parameters</span>' : "";
  const outputs = cell.outputs.map((output) => outputHtml(output, markdown)).join("");
  return `<section class="cell" aria-label="Code cell ${number}">
<span class="count" aria-hidden="true">[${number}]</span>${tag}
<pre class="code" tabindex="0"><code>${highlight(cell.source, "typescript")}</code></pre>
${outputs ? `<div class="outputs">\n${outputs}</div>\n` : ""}</section>
`;
}

/** Table of contents: second and third level. */
function contents(headings: readonly Heading[]): string {
  const entries = headings.filter(({ depth }) => depth === 2 || depth === 3);
  if (entries.length < 2) return "";
  const items = entries.map(
    ({ depth, id, text }) => `<li class="depth-${depth}"><a href="#${id}">${escapeHtml(text)}</a></li>`,
  );
  return `<p class="aside-title">On this page</p>\n<ol>\n${items.join("\n")}\n</ol>`;
}

function turnHtml(before: Entry | undefined, after: Entry | undefined): string {
  const link = (entry: Entry | undefined, rel: string, arrow: (title: string) => string) =>
    entry
      ? `<a rel="${rel}" href="${escapeHtml(entry.name)}.html">${arrow(escapeHtml(entry.title))}</a>`
      : "<span></span>";
  const previous = link(before, "prev", (title) => `← ${title}`);
  const next = link(after, "next", (title) => `${title} →`);
  return `<nav class="turn" aria-label="Previous and next notebook">${previous}<a href="index.html">Contents</a>${next}</nav>\n`;
}
