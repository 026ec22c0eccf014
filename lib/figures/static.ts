import { escapeXml } from "../core/xml.js";
import type { Figure } from "./figure.js";
import { px } from "./numbers.js";
import { fontFamily, house } from "./style.js";
import { drawAxes, drawGrid } from "./svg/axes.js";
import { drawBars } from "./svg/bars.js";
import { drawAnnotation, drawColorBar, drawLegend, drawShape } from "./svg/decorations.js";
import { text } from "./svg/elements.js";
import { framePanels, type Panel } from "./svg/frame.js";
import { drawHeatmap } from "./svg/heatmap.js";
import { type Detail, detailLevels } from "./svg/path.js";
import { type DrawContext, drawScatter } from "./svg/scatter.js";

export interface RenderOptions {
  /**
   * Largest size of the picture in bytes, 100,000 by default. Pictures of very many marks are drawn in less detail
   * until they fit: first rounding to whole pixels and leaving out marks that cover each other, then thinning.
   */
  readonly maxBytes?: number;
}

/**
 * Draws a figure as a stand-alone SVG 1.1 picture: no scripts, styles, ids or fonts to load, the same bytes each
 * time. A browser's plotly is not needed, so it runs inside a notebook's kernel.
 */
export function renderSvg(figure: Figure, options: RenderOptions = {}): string {
  const limit = options.maxBytes ?? 100_000;
  let level = 0;
  for (;;) {
    const svg = draw(figure, detailLevels[level]);
    const size = Buffer.byteLength(svg);
    if (size <= limit || level === detailLevels.length - 1) return svg;
    level = Math.min(level + Math.min(4, Math.floor(size / limit)), detailLevels.length - 1);
  }
}

function draw(figure: Figure, detail: Detail): string {
  const panels = framePanels(figure);
  const all = [...panels.values()];
  const shapes = figure.layout.shapes ?? [];
  const below = shapes.filter((shape) => shape.layer === "below");
  const above = shapes.filter((shape) => shape.layer !== "below");
  const body = [
    ...all.map(drawGrid),
    ...below.map((shape) => drawShape(figure, all, shape)),
    ...[...panels].map(([key, panel]) => drawMarksOf(figure, key, panel, detail)),
    ...above.map((shape) => drawShape(figure, all, shape)),
    ...all.map(drawAxes),
    ...(figure.layout.annotations ?? []).map((note) => drawAnnotation(figure, all, note)),
    drawLegend(figure),
    drawColorBar(figure),
    detail.cell > 3 ? drawThinningNote(figure) : "",
  ].join("");
  const { width, height } = figure;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` role="img" font-family="${fontFamily}" font-size="${house.tick}" fill="${house.ink}">`,
    `<title>${escapeXml(figure.title)}</title><desc>${escapeXml(figure.alt)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${house.paper}"/>`,
    `${body}</svg>`,
  ].join("");
}

/** Says that not every mark is there; small and out of the way. */
function drawThinningNote({ width, height }: Figure): string {
  const style = { size: 10, anchor: "end", color: house.quiet } as const;
  return text("drawn with fewer marks than there are points", width - 8, height - 7, style);
}

/** Marks of the traces of one panel, cut off at its borders. */
function drawMarksOf(figure: Figure, key: string, panel: Panel, detail: Detail): string {
  const traces = figure.data.filter((trace) => `${trace.xaxis ?? "x"}|${trace.yaxis ?? "y"}` === key);
  const bars = traces.filter((trace) => trace.type === "bar");
  const context: DrawContext = { detail, coloraxis: figure.layout.coloraxis };
  const drawn = traces.map((trace) => {
    if (trace.type === "heatmap") return drawHeatmap(trace, panel, figure.layout.coloraxis);
    if (trace.type !== "bar") return drawScatter(trace, panel, context);
    return drawBars(trace, panel, {
      mode: figure.layout.barmode ?? "group",
      index: bars.indexOf(trace),
      count: bars.length,
      gap: figure.layout.bargap ?? 0.2,
    });
  });
  // A nested svg clips without an id, which could clash with another picture's on the same page.
  const { left, top, width, height } = panel.area;
  const box = [left, top, width, height].map((value) => px(value));
  const place = `x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}" viewBox="${box.join(" ")}"`;
  return `<svg ${place}>${drawn.join("")}</svg>`;
}
