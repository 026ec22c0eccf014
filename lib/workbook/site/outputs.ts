import { stripVTControlCharacters } from "node:util";
import { plotlyMime } from "../../core/mime.js";
import type { ScoreRow } from "../../core/tables.js";
import { scoreboardMime } from "../../notebook/comparison.js";
import type { DataOutput, Output } from "../runner/notebook.js";
import { escapeHtml, scriptJson } from "./html.js";
import { type MarkdownPage, scrollable } from "./markdown.js";
import { scoreTable } from "./score-table.js";

/** Best first; a page shows one of them for each output. */
const imageTypes = ["image/svg+xml", "image/png", "image/jpeg", "image/gif"];

/** An output as HTML; empty where there is nothing to see. */
export function outputHtml(output: Output, markdown: MarkdownPage): string {
  if (output.output_type === "stream") {
    const text = escapeHtml(stripVTControlCharacters(output.text).trimEnd());
    return text
      ? `<pre class="stream ${output.name === "stderr" ? "stderr" : "stdout"}" tabindex="0">${text}</pre>\n`
      : "";
  }
  if (output.output_type === "error") {
    const text = escapeHtml(stripVTControlCharacters(output.traceback.join("\n")));
    return `<div class="failure" role="note"><strong>This cell failed.</strong><pre tabindex="0">${text}</pre></div>\n`;
  }
  return dataHtml(output, markdown);
}

function dataHtml({ data }: DataOutput, markdown: MarkdownPage): string {
  const text = typeof data["text/plain"] === "string" ? data["text/plain"] : "";
  const image = imageHtml(data, text);
  if (data[plotlyMime]) return figureHtml(data[plotlyMime], image, text);
  if (typeof data["text/html"] === "string")
    return scrollable(label(text), withoutScripts(data["text/html"]));
  if (data[scoreboardMime]) {
    return scoreTable((data[scoreboardMime] as { rows?: ScoreRow[] }).rows ?? []);
  }
  if (image) return `<figure>${image}</figure>\n`;
  if (typeof data["text/markdown"] === "string") return markdown.render(data["text/markdown"]).html;
  return text ? `<pre class="stream stdout" tabindex="0">${escapeHtml(text)}</pre>\n` : "";
}

/** First line of an output's text, to name it by. */
function label(text: string): string {
  return text.split("\n")[0].trim().slice(0, 120) || "Output";
}

/** The picture of an output as an image element; empty when there is none. */
function imageHtml(data: Record<string, unknown>, text: string): string {
  const type = imageTypes.find((name) => typeof data[name] === "string");
  if (!type) return "";
  const content = String(data[type]);
  const base64 =
    type === "image/svg+xml" ? Buffer.from(content).toString("base64") : content.replace(/\s/g, "");
  const size = type === "image/svg+xml" ? svgSize(content) : "";
  const alt = escapeHtml(text.replace(/\s+/g, " ").trim() || "Figure");
  return `<img class="static" src="data:${type};base64,${base64}"${size} alt="${alt}" loading="lazy">`;
}

/** Width and height of an SVG as attributes, so that the page does not jump. */
function svgSize(svg: string): string {
  const [, width] = /<svg[^>]*?\swidth="([\d.]+)(?:px)?"/.exec(svg) ?? [];
  const [, height] = /<svg[^>]*?\sheight="([\d.]+)(?:px)?"/.exec(svg) ?? [];
  return width && height
    ? ` width="${Math.round(Number(width))}" height="${Math.round(Number(height))}"`
    : "";
}

/** The still picture first; the page's script draws the live figure in its place when it comes into view. */
function figureHtml(plotly: unknown, image: string, text: string): string {
  const still = image || `<p class="static">${escapeHtml(label(text))} (this figure needs scripts)</p>`;
  const name = escapeHtml(text.replace(/\s+/g, " ").trim() || "Figure");
  const live = `<div class="live" role="img" aria-label="${name}" hidden></div>`;
  const data = `<script type="application/json">${scriptJson(plotly)}</script>`;
  return `<figure class="plotly-figure">${still}${live}${data}</figure>\n`;
}

/** The page's policy forbids them anyway; a browser would only complain. */
function withoutScripts(html: string): string {
  return html.replace(/<script\b[\s\S]*?<\/script>/gi, "");
}
