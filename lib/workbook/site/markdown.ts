import { existsSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { Marked, type Tokens } from "marked";
import { highlight } from "./highlight.js";
import { type Anchors, escapeHtml } from "./html.js";

/** A heading for the table of contents. */
export interface Heading {
  readonly depth: number;
  readonly id: string;
  /** Plain text. */
  readonly text: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/**
 * Markdown cells of one page as HTML. Links between notebooks become links between pages; pictures beside the notebook
 * are put into the page, since a page must not load anything; headings get anchors.
 * @param folder where the notebook lies
 */
export class MarkdownPage {
  private readonly marked: Marked;
  private headings: Heading[] = [];

  constructor(
    private readonly anchors: Anchors,
    private readonly folder: string,
  ) {
    const page = this;
    this.marked = new Marked({
      gfm: true,
      renderer: {
        heading(token) {
          return page.heading(token, this.parser.parseInline(token.tokens));
        },
        code: ({ text, lang }) => codeBlock(text, (lang ?? "").split(/\s/)[0]),
        link(token) {
          return linkTo(token, this.parser.parseInline(token.tokens));
        },
        image: (token) => page.image(token),
        table(token) {
          return tableOf(token, (tokens) => this.parser.parseInline(tokens));
        },
      },
    });
  }

  render(source: string): Rendered {
    this.headings = [];
    const html = this.marked.parse(source, { async: false });
    return { html, headings: this.headings };
  }

  private heading({ depth }: Tokens.Heading, inner: string): string {
    const text = plainText(inner);
    const id = this.anchors.next(text);
    this.headings.push({ depth, id, text });
    const anchor = `<a class="anchor" href="#${id}" aria-label="Link to this section">§</a>`;
    return `<h${depth} id="${id}">${inner} ${anchor}</h${depth}>\n`;
  }

  private image({ href, text }: Tokens.Image): string {
    const alt = escapeHtml(text);
    if (href.startsWith("data:image/")) return `<img src="${escapeHtml(href)}" alt="${alt}">`;
    const path = resolve(this.folder, href);
    const type = imageTypes[extname(path).toLowerCase()];
    if (/^[a-z]+:/i.test(href) || !type || !existsSync(path)) {
      return `<a href="${escapeHtml(href)}">${alt || escapeHtml(href)}</a>`;
    }
    return `<img src="data:${type};base64,${readFileSync(path).toString("base64")}" alt="${alt}">`;
  }
}

const imageTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".svg": "image/svg+xml",
};

/** Text of a piece of HTML. */
export function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .trim();
}

function codeBlock(text: string, language: string): string {
  return `<pre class="code" tabindex="0"><code>${highlight(text, language)}</code></pre>\n`;
}

function linkTo({ href, title }: Tokens.Link, inner: string): string {
  const isOutside = /^[a-z]+:/i.test(href);
  const target = isOutside ? href : href.replace(/\.ipynb(?=$|#)/, ".html");
  const rel = isOutside ? ' rel="noopener noreferrer"' : "";
  const hint = title ? ` title="${escapeHtml(title)}"` : "";
  return `<a href="${escapeHtml(target)}"${hint}${rel}>${inner}</a>`;
}

function tableOf(
  { header, rows }: Tokens.Table,
  inline: (tokens: Tokens.TableCell["tokens"]) => string,
): string {
  const style = ({ align }: Tokens.TableCell) => (align ? ` class="${align}"` : "");
  const head = header.map((cell) => `<th scope="col"${style(cell)}>${inline(cell.tokens)}</th>`).join("");
  const body = rows
    .map((row) => `<tr>${row.map((cell) => `<td${style(cell)}>${inline(cell.tokens)}</td>`).join("")}</tr>`)
    .join("\n");
  return scrollable("Table", `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`);
}

/** Wide content that scrolls within the page, also by keyboard. */
export function scrollable(label: string, html: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}">${html}</div>\n`;
}
