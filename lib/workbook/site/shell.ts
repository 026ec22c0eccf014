import { escapeHtml } from "./html.js";

/**
 * What a page may load: its own files and pictures inside it; nothing from any network. `file:` stands beside 'self'
 * since a page opened from disk has no origin of its own in some browsers. 'unsafe-eval' is for plotly's WebGL traces,
 * which compile their drawing functions; inline scripts stay forbidden. plotly writes its styles into the page.
 */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self' file: 'unsafe-eval'",
  "style-src 'self' file: 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export interface ShellOptions {
  readonly title: string;
  readonly description: string;
  /** Inner HTML of the navigation at the side; empty for none. */
  readonly aside: string;
  /** Inner HTML of the page. */
  readonly main: string;
  /** Loads the script that draws live figures. */
  readonly hasFigures: boolean;
}

/** A whole page around its content. */
export function shell({ title, description, aside, main, hasFigures }: ShellOptions): string {
  const script = hasFigures ? '\n<script src="assets/figures.js" defer></script>' : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentPolicy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(description)}">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/book.css">${script}
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header class="masthead"><a href="index.html">weightbook</a><span>a workbook for weight-space learning</span></header>
<div class="sheet${aside ? " has-aside" : ""}">
${aside ? `<nav class="aside" aria-label="On this page">\n${aside}\n</nav>\n` : ""}<main id="content">
${main}
</main>
</div>
</body>
</html>
`;
}
