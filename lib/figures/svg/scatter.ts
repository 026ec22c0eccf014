import { scaleColor } from "../color.js";
import { px } from "../numbers.js";
import type { PlotlyColorAxis, PlotlyErrorBars, ScatterTrace } from "../plotly.js";
import { house } from "../style.js";
import { fillStyle, strokeStyle } from "./elements.js";
import type { Panel } from "./frame.js";
import { type Detail, PathWriter, type Point, pieces, simplify } from "./path.js";

/** What drawing a trace needs besides the trace. */
export interface DrawContext {
  readonly detail: Detail;
  readonly coloraxis?: PlotlyColorAxis;
  /** Points of the trace before, which "tonexty" fills to. */
  previous?: readonly Point[];
}

/** A colour axis is drawn in this many steps, so that marks of one step share a path. */
const colorSteps = 48;

/** Lines, areas, error bars and marks of a scatter trace. */
export function drawScatter(trace: ScatterTrace, panel: Panel, context: DrawContext): string {
  const points = Array.from({ length: trace.x.length }, (_, i) => ({
    x: panel.x.place(trace.x[i]),
    y: panel.y.place(trace.y[i]),
  }));
  const out = [drawFill(trace, points, panel, context)];
  if (trace.mode.includes("lines") && trace.line?.width !== 0) out.push(drawLines(trace, points, context));
  if (trace.error_y) out.push(drawErrorBars(trace, trace.error_y, points, panel));
  if (trace.mode.includes("markers")) out.push(drawMarks(trace, points, context));
  context.previous = points;
  return out.join("");
}

function drawLines(trace: ScatterTrace, points: readonly Point[], { detail }: DrawContext): string {
  const path = new PathWriter(detail);
  for (const piece of pieces(points)) {
    const [first, ...rest] = simplify(piece, detail.tolerance);
    path.move(first);
    for (const point of rest) path.lineTo(point);
  }
  if (!path.data) return "";
  const style = strokeStyle({ width: 2, ...trace.line }, trace.opacity ?? 1);
  return `<path d="${path.data}" ${style} fill="none" stroke-linejoin="round"/>`;
}

function drawFill(
  trace: ScatterTrace,
  points: readonly Point[],
  panel: Panel,
  { detail, previous }: DrawContext,
): string {
  if (!trace.fill) return "";
  const own = pieces(points).flat();
  if (own.length < 2) return "";
  const zero = panel.y.place(0);
  const back =
    trace.fill === "tonexty" && previous
      ? pieces(previous).flat().reverse()
      : trace.fill === "tozeroy"
        ? [
            { x: own[own.length - 1].x, y: zero },
            { x: own[0].x, y: zero },
          ]
        : [];
  const path = new PathWriter(detail);
  const [first, ...rest] = [...own, ...back];
  path.move(first);
  for (const point of rest) path.lineTo(point);
  path.close();
  return `<path d="${path.data}" ${fillStyle(trace.fillcolor ?? house.grid)}/>`;
}

/** Vertical error bars with caps around points. */
export function drawErrorBars(
  trace: { readonly y: ScatterTrace["y"] },
  bars: PlotlyErrorBars,
  points: readonly Point[],
  panel: Panel,
): string {
  const cap = bars.width ?? 4;
  const parts: string[] = [];
  points.forEach((point, i) => {
    const value = trace.y[i];
    const up = bars.array[i];
    const down = bars.arrayminus[i];
    if (typeof value !== "number" || !Number.isFinite(point.x) || up === null || down === null) return;
    const top = panel.y.place(value + up);
    const bottom = panel.y.place(value - down);
    if (!Number.isFinite(top) || !Number.isFinite(bottom)) return;
    const x = px(point.x);
    parts.push(`M${x} ${px(bottom)}V${px(top)}`);
    if (cap) parts.push(`m-${cap} 0h${2 * cap}M${px(point.x - cap)} ${px(bottom)}h${2 * cap}`);
  });
  const style = strokeStyle({ color: bars.color ?? house.quiet, width: bars.thickness ?? 1.2 });
  return parts.length ? `<path d="${parts.join("")}" ${style} fill="none"/>` : "";
}

/** Marks, one path for each colour and size. */
function drawMarks(trace: ScatterTrace, points: readonly Point[], context: DrawContext): string {
  const marker = trace.marker ?? {};
  const opacity = (marker.opacity ?? 1) * (trace.opacity ?? 1);
  const groups = new Map<string, { color: string; size: number; points: Point[] }>();
  points.forEach((point, i) => {
    if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) return;
    const color = markColor(marker.color, i, context.coloraxis);
    const size = typeof marker.size === "object" ? marker.size[i] : (marker.size ?? 6);
    const key = `${color} ${size}`;
    const group = groups.get(key) ?? { color, size, points: [] };
    group.points.push(point);
    groups.set(key, group);
  });
  const shape = marker.symbol ?? "circle";
  return [...groups.values()]
    .map((group) => drawGroup(shape, group, opacity, marker.line, context.detail))
    .join("");
}

function markColor(color: string | readonly number[] | undefined, i: number, axis?: PlotlyColorAxis): string {
  if (typeof color === "string") return color;
  if (!color || !axis) return house.ink;
  const value = color[i];
  if (!Number.isFinite(value)) return house.faint;
  const share = (value - axis.cmin) / (axis.cmax - axis.cmin);
  return scaleColor(axis.colorscale, Math.round(share * colorSteps) / colorSteps);
}

type Shape = "circle" | "square" | "diamond" | "circle-open";

function drawGroup(
  shape: Shape,
  group: { color: string; size: number; points: readonly Point[] },
  opacity: number,
  edge: { color?: string; width?: number } | undefined,
  detail: Detail,
): string {
  const { color, size } = group;
  const points = thin(group.points, detail.cell);
  if (shape === "circle-open") {
    const style = strokeStyle({ color, width: edge?.width ?? 1.6 }, opacity);
    return points
      .map(
        ({ x, y }) =>
          `<circle cx="${px(x)}" cy="${px(y)}" r="${px(size / 2)}" fill="${house.paper}" ${style}/>`,
      )
      .join("");
  }
  const cap = shape === "circle" ? "round" : "square";
  if (shape === "diamond") return drawDiamonds(points, size, fillStyle(color, opacity), detail);
  const path = new PathWriter(detail);
  for (const point of points) path.dot(point);
  const draw = (style: string) => `<path d="${path.data}" ${style} stroke-linecap="${cap}" fill="none"/>`;
  const outline = edge?.width
    ? draw(strokeStyle({ color: edge.color ?? house.paper, width: size + 2 * edge.width }))
    : "";
  return outline + draw(strokeStyle({ color, width: size }, opacity));
}

function drawDiamonds(points: readonly Point[], size: number, style: string, detail: Detail): string {
  const path = new PathWriter(detail);
  const r = size * 0.65;
  for (const { x, y } of points) {
    path.move({ x: x - r, y });
    path.lineTo({ x, y: y - r });
    path.lineTo({ x: x + r, y });
    path.lineTo({ x, y: y + r });
    path.close();
  }
  return `<path d="${path.data}" ${style}/>`;
}

/** The first point of each cell of a grid. */
function thin(points: readonly Point[], cell: number): readonly Point[] {
  if (cell <= 0 || points.length < 50) return points;
  const seen = new Set<number>();
  return points.filter(({ x, y }) => {
    const key = Math.round(x / cell) * 100_000 + Math.round(y / cell);
    return !seen.has(key) && seen.add(key);
  });
}
