import { escapeXml } from "../core/xml.js";
import { stylesheet } from "./stylesheet.js";

/**
 * What the page may load: nothing beside itself. Its script and styles stand in it; pictures that it makes for saving are
 * blobs.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The whole page. */
export function atlasHtml(parts: {
  readonly title: string;
  readonly description: string;
  /** Base64 of gzipped packed data. */
  readonly data: string;
  readonly script: string;
}): string {
  const title = escapeXml(parts.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeXml(contentPolicy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeXml(parts.description)}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>
${stylesheet}</style>
</head>
<body>
<noscript><p class="problem">${title} needs a browser with scripts switched on.</p></noscript>
<div id="atlas"><p class="waiting" role="status">Opening the atlas</p></div>
<script type="application/octet-stream" id="atlas-data">${parts.data}</script>
<script>${parts.script}</script>
</body>
</html>
`;
}
