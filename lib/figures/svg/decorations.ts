import { scaleColor } from "../color.js";
import type { Figure } from "../figure.js";
import { niceTicks, px } from "../numbers.js";
import type { PlotlyAnnotation, PlotlyShape, PlotlyTrace } from "../plotly.js";
import { house } from "../style.js";
import { labelLines, textWidth } from "../text.js";
import { fillStyle, line, strokeStyle, text } from "./elements.js";
import { type AxisFrame, axisOf, formatTicks, type Panel, plotArea } from "./frame.js";

/** Names of the traces beside their marks, at the right of the plotting area. */
export function drawLegend(figure: Figure): string {
  const { layout } = figure;
  if (!layout.showlegend) return "";
  const area = plotArea(figure);
  const size = layout.legend?.font?.size ?? house.tick;
  const left = area.left + area.width * (layout.legend?.x ?? 1.02) + 4;
  let y = area.top + size;
  const out: string[] = [];
  if (layout.legend?.title) {
    out.push(text(layout.legend.title.text, left, y, { size }));
    y += size * 1.7;
  }
  const seen = new Set<string>();
  for (const trace of figure.data) {
    const key = trace.legendgroup ?? trace.name;
    if (!trace.name || trace.showlegend === false || !key || seen.has(key)) continue;
    seen.add(key);
    out.push(legendMark(trace, left, y - size * 0.35), text(trace.name, left + 36, y, { size }));
    y += size * 1.6;
  }
  return out.join("");
}

function legendMark(trace: PlotlyTrace, left: number, y: number): string {
  if (trace.type === "heatmap") return "";
  const opacity = trace.opacity ?? 1;
  const marker = trace.marker ?? {};
  const color = typeof marker.color === "string" ? marker.color : house.quiet;
  if (trace.type === "bar") {
    const style = fillStyle(color, (marker.opacity ?? 1) * opacity);
    return `<rect x="${px(left + 9)}" y="${px(y - 6)}" width="12" height="12" ${style}/>`;
  }
  const out: string[] = [];
  if (trace.fill && trace.fillcolor && !trace.line?.width) {
    out.push(`<rect x="${px(left)}" y="${px(y - 6)}" width="30" height="12" ${fillStyle(trace.fillcolor)}/>`);
  }
  if (trace.mode.includes("lines") && trace.line?.width !== 0) {
    const style = strokeStyle({ width: 2, ...trace.line }, opacity);
    out.push(`<path d="M${px(left)} ${px(y)}h30" ${style} fill="none"/>`);
  }
  if (trace.mode.includes("markers")) {
    const size = Math.min(8, typeof marker.size === "number" ? marker.size : 6);
    const isOpen = marker.symbol === "circle-open";
    const style = isOpen ? `fill="${house.paper}" ${strokeStyle({ color, width: 1.6 })}` : fillStyle(color);
    out.push(`<circle cx="${px(left + 15)}" cy="${px(y)}" r="${px(size / 2)}" ${style}/>`);
  }
  return out.join("");
}

/** The bar that explains a colour axis, at the right. */
export function drawColorBar(figure: Figure): string {
  const axis = figure.layout.coloraxis;
  if (!axis || axis.showscale === false) return "";
  const area = plotArea(figure);
  const bar = axis.colorbar ?? {};
  const left = area.left + area.width * (bar.x ?? 1.02) + 6;
  const width = bar.thickness ?? 12;
  const steps = 64;
  const out: string[] = [];
  for (let i = 0; i < steps; i++) {
    const y = area.top + area.height * (1 - (i + 1) / steps);
    const color = scaleColor(axis.colorscale, (i + 0.5) / steps);
    // One pixel of overlap hides the seams between steps.
    const height = area.height / steps + (i ? 1 : 0);
    out.push(`<rect x="${px(left)}" y="${px(y)}" width="${width}" height="${px(height)}" fill="${color}"/>`);
  }
  const ticks = (bar.tickvals ?? niceTicks(axis.cmin, axis.cmax, Math.floor(area.height / 45))).filter(
    (tick) => tick >= axis.cmin && tick <= axis.cmax,
  );
  const labels = bar.ticktext ?? formatTicks(ticks, bar);
  let widest = 0;
  ticks.forEach((tick, i) => {
    const y = area.top + area.height * (1 - (tick - axis.cmin) / (axis.cmax - axis.cmin));
    out.push(line(left + width, y, left + width + 4, y, house.axis));
    out.push(text(labels[i], left + width + 7, y + house.tick * 0.35, { size: house.tick }));
    widest = Math.max(widest, textWidth(labels[i], house.tick));
  });
  if (bar.title?.text) {
    const x = left + width + 7 + widest + 8;
    const style = { size: house.axisTitle, anchor: "middle", rotate: 90 } as const;
    out.push(text(bar.title.text, x, area.top + area.height / 2, style));
  }
  return out.join("");
}

/** Pixel of an annotation's or a shape's coordinate: on an axis, on an axis' domain, or on the whole area. */
function placeOn(figure: Figure, panels: readonly Panel[], ref: string, value: number | string): number {
  const vertical = ref.startsWith("y");
  const area = plotArea(figure);
  if (ref === "paper") throw new RangeError("a paper reference needs its direction");
  if (ref.endsWith(" paper")) {
    return vertical ? area.top + area.height * (1 - Number(value)) : area.left + area.width * Number(value);
  }
  const name = ref.replace(" domain", "");
  const frame = panels.flatMap((panel): AxisFrame[] => [panel.x, panel.y]).find((axis) => axis.name === name);
  if (!frame) return Number.NaN;
  if (!ref.endsWith(" domain")) return frame.place(value);
  return frame.pixels[0] + Number(value) * (frame.pixels[1] - frame.pixels[0]);
}

const withDirection = (ref: string, direction: "x" | "y") => (ref === "paper" ? `${direction} paper` : ref);

/** Plotly places annotations (not shapes) on a logarithmic axis by powers of ten. */
function dataValue(figure: Figure, ref: string, value: number | string): number | string {
  const isOnAxis = ref !== "paper" && !ref.endsWith(" domain");
  return isOnAxis && axisOf(figure, ref).type === "log" ? 10 ** Number(value) : value;
}

/** Words at places. */
export function drawAnnotation(figure: Figure, panels: readonly Panel[], note: PlotlyAnnotation): string {
  const x =
    placeOn(figure, panels, withDirection(note.xref, "x"), dataValue(figure, note.xref, note.x)) +
    (note.xshift ?? 0);
  const y =
    placeOn(figure, panels, withDirection(note.yref, "y"), dataValue(figure, note.yref, note.y)) -
    (note.yshift ?? 0);
  if (!Number.isFinite(x) || !Number.isFinite(y)) return "";
  const size = note.font?.size ?? house.tick;
  const lines = labelLines(note.text).length;
  const height = size * (0.75 + 1.3 * (lines - 1));
  const drop = {
    top: size * 1.05,
    middle: height / 2 - size * 1.3 * (lines - 1),
    bottom: -size * 0.25 - size * 1.3 * (lines - 1),
  };
  const anchor = ({ left: "start", center: "middle", right: "end" } as const)[note.xanchor ?? "center"];
  const base = y + drop[note.yanchor ?? "middle"];
  const label = text(note.text, x, base, { size, anchor, color: note.font?.color, rotate: note.textangle });
  return note.bgcolor ? `${behind(note, { x, base, size, anchor })}${label}` : label;
}

/** A ground for the words of a label, so that they can be read over lines. */
function behind(
  note: PlotlyAnnotation,
  { x, base, size, anchor }: { x: number; base: number; size: number; anchor: "start" | "middle" | "end" },
): string {
  const lines = labelLines(note.text);
  const width = Math.max(...lines.map((line) => textWidth(line, size))) + 2;
  const left = x - { start: 1, middle: width / 2, end: width - 1 }[anchor];
  const height = size * (1.1 + 1.3 * (lines.length - 1));
  const [at, extent] = [
    `x="${px(left)}" y="${px(base - 0.85 * size)}"`,
    `width="${px(width)}" height="${px(height)}"`,
  ];
  return `<rect ${at} ${extent} ${fillStyle(note.bgcolor ?? house.paper)}/>`;
}

/** Lines and rectangles at places. */
export function drawShape(figure: Figure, panels: readonly Panel[], shape: PlotlyShape): string {
  const [x0, x1] = [shape.x0, shape.x1].map((x) =>
    placeOn(figure, panels, withDirection(shape.xref, "x"), x),
  );
  const [y0, y1] = [shape.y0, shape.y1].map((y) =>
    placeOn(figure, panels, withDirection(shape.yref, "y"), y),
  );
  const style = shape.line ? strokeStyle(shape.line, shape.opacity) : 'stroke="none"';
  const fill = shape.fillcolor ? fillStyle(shape.fillcolor, shape.opacity) : 'fill="none"';
  const path =
    shape.type === "line"
      ? `M${px(x0)} ${px(y0)}L${px(x1)} ${px(y1)}`
      : `M${px(x0)} ${px(y0)}H${px(x1)}V${px(y1)}H${px(x0)}z`;
  return `<path d="${path}" ${style} ${fill}/>`;
}
