import { px } from "../numbers.js";
import type { BarTrace } from "../plotly.js";
import { fillStyle, strokeStyle } from "./elements.js";
import type { Panel } from "./frame.js";
import { drawErrorBars } from "./scatter.js";

/** How bars of several traces share a place. */
export interface BarGroup {
  readonly mode: "overlay" | "group";
  /** This trace's place among the bar traces of its panel. */
  readonly index: number;
  readonly count: number;
  /** Share of a category's width that is left free. */
  readonly gap: number;
}

/** Vertical bars from zero, with error bars. */
export function drawBars(trace: BarTrace, panel: Panel, group: BarGroup): string {
  const marker = trace.marker ?? {};
  const color = typeof marker.color === "string" ? marker.color : "#000000";
  const opacity = (marker.opacity ?? 1) * (trace.opacity ?? 1);
  const { shift, width } = barPlace(trace, panel, group);
  const zero = panel.y.place(panel.y.axis.type === "log" ? 10 ** (panel.y.axis.range?.[0] ?? 0) : 0);
  const centres: { x: number; y: number }[] = [];
  let path = "";
  for (let i = 0; i < trace.x.length; i++) {
    const x = panel.x.place(trace.x[i]) + shift;
    const y = panel.y.place(trace.y[i]);
    centres.push({ x, y });
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    path += `M${px(x - width / 2)} ${px(zero)}V${px(y)}h${px(width)}V${px(zero)}z`;
  }
  if (!path) return "";
  const edge = marker.line?.width ? ` ${strokeStyle(marker.line)}` : "";
  const bars = `<path shape-rendering="crispEdges" d="${path}" ${fillStyle(color, opacity)}${edge}/>`;
  return trace.error_y ? bars + drawErrorBars(trace, trace.error_y, centres, panel) : bars;
}

/** Width of a bar and its distance from the middle of its place, in pixels. */
function barPlace(trace: BarTrace, panel: Panel, group: BarGroup): { shift: number; width: number } {
  const unit = Math.abs(panel.x.place(1) - panel.x.place(0));
  const spacing = typeof trace.x[0] === "string" ? unit : unit * smallestStep(trace.x as ArrayLike<number>);
  if (trace.width) return { shift: 0, width: trace.width * unit };
  const room = spacing * (1 - group.gap);
  if (group.mode === "overlay") return { shift: 0, width: room };
  const width = room / group.count;
  return { shift: (group.index - (group.count - 1) / 2) * width, width };
}

function smallestStep(values: ArrayLike<number>): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < values.length; i++) {
    const difference = Math.abs(values[i] - values[i - 1]);
    if (difference > 0 && difference < step) step = difference;
  }
  return Number.isFinite(step) ? step : 1;
}
