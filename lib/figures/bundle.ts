import { SpecError } from "../core/errors.js";
import { type MimeBundle, plotlyMime } from "../core/mime.js";
import { escapeXml } from "../core/xml.js";
import { plotlyJson } from "./encode.js";
import type { Figure } from "./figure.js";
import { renderSvg } from "./static.js";
import { plotlyConfig } from "./style.js";

/** No figure in a notebook is larger than this, all its MIME types together. */
export const figureLimit = 300_000;

/**
 * A figure as one MIME bundle: plotly's JSON (JupyterLab and VS Code draw it), an SVG picture (GitHub shows it), an
 * HTML figure that holds the same picture (as an image, which survives the sanitisers of GitHub and of untrusted
 * notebooks), and its title and description as text. The picture is drawn in less detail where the limit of 300 KB
 * asks for it.
 * @throws SpecError when plotly's JSON alone leaves no room for a picture; draw fewer points then
 */
export function figureBundle(figure: Figure): MimeBundle {
  const { data, layout } = plotlyJson(figure);
  const plotly = { data, layout, config: plotlyConfig };
  const text = `${figure.title}\n${figure.alt}`;
  // The picture stands in the bundle twice, once percent-encoded; the rest is wrapping and escapes.
  const left = figureLimit - notebookBytes(plotly) - 4 * text.length - 2_000;
  const room = Math.floor(left / 2.1);
  if (room < 8_000) {
    throw new SpecError(
      "figure/too-large",
      `"${figure.title}" holds too many points for a notebook (${figureLimit / 1000} KB); draw fewer models or epochs`,
      { value: figure.data.length },
    );
  }
  const svg = renderSvg(figure, { maxBytes: Math.min(room, 100_000) });
  return {
    [plotlyMime]: plotly,
    "image/svg+xml": svg,
    "text/html": figureHtml(figure, svg),
    "text/plain": text,
  };
}

/** Size of a value in a notebook file as Jupyter writes it, one space of indentation a level, about eight levels deep. */
export function notebookBytes(value: unknown): number {
  const text = JSON.stringify(value, null, 1);
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return Buffer.byteLength(text) + 6 * lines;
}

function figureHtml(figure: Figure, svg: string): string {
  const source = `data:image/svg+xml;charset=utf-8,${percentEncode(svg)}`;
  const size = `width="${figure.width}" height="${figure.height}"`;
  const image = `<img src="${source}" ${size} alt="${escapeXml(`${figure.title}. ${figure.alt}`)}">`;
  return `<figure style="margin:0">${image}<figcaption hidden>${escapeXml(figure.title)}</figcaption></figure>`;
}

/** Escapes what may not stand in a URL or in a quoted attribute; path data stays as it is, where base64 adds a third. */
function percentEncode(text: string): string {
  return text.replace(/[^\w\-.,;:=/()+*!~$]/gu, (character) =>
    encodeURIComponent(character).replaceAll("'", "%27"),
  );
}
