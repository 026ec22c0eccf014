import { px } from "../numbers.js";
import { house } from "../style.js";
import { labelLines, textWidth } from "../text.js";
import { line, text } from "./elements.js";
import type { AxisFrame, Panel } from "./frame.js";

/** Grid lines of one panel, to be drawn below its marks. */
export function drawGrid({ x, y, area }: Panel): string {
  const parts: string[] = [];
  const right = area.left + area.width;
  const bottom = area.top + area.height;
  if (x.axis.showgrid && x.axis.visible !== false) {
    for (const { at } of x.ticks) parts.push(`M${px(at)} ${px(area.top)}V${px(bottom)}`);
  }
  if (y.axis.showgrid && y.axis.visible !== false) {
    for (const { at } of y.ticks) parts.push(`M${px(area.left)} ${px(at)}H${px(right)}`);
  }
  return parts.length ? `<path d="${parts.join("")}" stroke="${house.grid}" fill="none"/>` : "";
}

/** Lines, ticks, labels and titles of one panel's axes, to be drawn above its marks. */
export function drawAxes(panel: Panel): string {
  return drawHorizontal(panel) + drawVertical(panel);
}

function drawHorizontal({ x, area }: Panel): string {
  if (x.axis.visible === false) return "";
  const bottom = area.top + area.height;
  const out = [axisLine(x, area.left, bottom, area.left + area.width, bottom)];
  const length = tickLength(x);
  if (length) out.push(ticks(x, ({ at }) => `M${px(at)} ${px(bottom)}v${length}`));
  const size = x.axis.tickfont?.size ?? house.tick;
  if (x.axis.showticklabels !== false) {
    for (const { at, label } of x.ticks) {
      const base = bottom + length + 3;
      out.push(
        x.axis.tickangle
          ? text(label, at + size * 0.35, base, { size, anchor: "end", rotate: x.axis.tickangle })
          : text(label, at, base + size * 0.8, { size, anchor: "middle" }),
      );
    }
  }
  if (x.axis.title?.text) {
    const below = x.axis.showticklabels === false ? 8 : length + size + 14 + tiltedRoom(x, size);
    const fontSize = x.axis.title.font?.size ?? house.axisTitle;
    out.push(
      text(x.axis.title.text, area.left + area.width / 2, bottom + below + fontSize * 0.8, {
        size: fontSize,
        anchor: "middle",
      }),
    );
  }
  return out.join("");
}

/** Extra height that slanted labels take. */
function tiltedRoom(x: AxisFrame, size: number): number {
  if (!x.axis.tickangle) return 0;
  const longest = Math.max(0, ...x.ticks.map(({ label }) => textWidth(label, size)));
  return longest * Math.abs(Math.sin((x.axis.tickangle * Math.PI) / 180)) - size * 0.5;
}

function drawVertical({ y, area }: Panel): string {
  if (y.axis.visible === false) return "";
  const out = [axisLine(y, area.left, area.top, area.left, area.top + area.height)];
  const length = tickLength(y);
  if (length) out.push(ticks(y, ({ at }) => `M${px(area.left)} ${px(at)}h-${length}`));
  const size = y.axis.tickfont?.size ?? house.tick;
  let widest = 0;
  if (y.axis.showticklabels !== false) {
    for (const { at, label } of y.ticks) {
      widest = Math.max(widest, textWidth(label, size));
      out.push(text(label, area.left - length - 3, at + size * 0.35, { size, anchor: "end" }));
    }
  }
  if (y.axis.title?.text) {
    const fontSize = y.axis.title.font?.size ?? house.axisTitle;
    const lines = labelLines(y.axis.title.text).length;
    const left = Math.max(fontSize * (lines - 0.1), area.left - length - widest - 12 - fontSize * 0.2);
    const middle = area.top + area.height / 2;
    out.push(text(y.axis.title.text, left, middle, { size: fontSize, anchor: "middle", rotate: -90 }));
  }
  return out.join("");
}

function tickLength(frame: AxisFrame): number {
  return frame.axis.ticks === "outside" ? (frame.axis.ticklen ?? 4) : 0;
}

function axisLine(frame: AxisFrame, x1: number, y1: number, x2: number, y2: number): string {
  return frame.axis.showline ? line(x1, y1, x2, y2, frame.axis.linecolor ?? house.axis) : "";
}

function ticks(frame: AxisFrame, mark: (tick: { at: number }) => string): string {
  const path = frame.ticks.map(mark).join("");
  return path ? `<path d="${path}" stroke="${frame.axis.tickcolor ?? house.axis}" fill="none"/>` : "";
}
