import { escapeXml } from "../../core/xml.js";
import { parseColor } from "../color.js";
import { px } from "../numbers.js";
import type { PlotlyLine } from "../plotly.js";
import { house } from "../style.js";
import { labelText } from "../text.js";

export interface TextStyle {
  readonly size: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly color?: string;
  readonly bold?: boolean;
  /** Degrees, clockwise, about the given point. */
  readonly rotate?: number;
}

/** Text at a baseline; a plotly label with <br> becomes several lines. Bold when the whole label is. */
export function text(label: string, x: number, y: number, style: TextStyle): string {
  if (!label) return "";
  const bold = style.bold || /^<b>.*<\/b>$/.test(label);
  const lines = label.split(/<br\s*\/?>/).map((line) => escapeXml(labelText(line)));
  const body =
    lines.length === 1
      ? lines[0]
      : lines
          .map((line, i) => `<tspan x="${px(x)}"${i ? ` dy="${px(style.size * 1.3)}"` : ""}>${line}</tspan>`)
          .join("");
  const attributes = [
    `x="${px(x)}" y="${px(y)}" font-size="${style.size}"`,
    style.anchor && style.anchor !== "start" ? ` text-anchor="${style.anchor}"` : "",
    style.color && style.color !== house.ink ? ` fill="${style.color}"` : "",
    bold ? ' font-weight="bold"' : "",
    style.rotate ? ` transform="rotate(${style.rotate} ${px(x)} ${px(y)})"` : "",
  ].join("");
  return `<text ${attributes}>${body}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, color: string, width = 1): string {
  return `<path d="M${px(x1)} ${px(y1)}L${px(x2)} ${px(y2)}" ${strokeStyle({ color, width })} fill="none"/>`;
}

/** Stroke attributes of a plotly line. */
export function strokeStyle(style: PlotlyLine, opacity = 1): string {
  const { rgbText, alpha } = splitColor(style.color ?? house.ink);
  const width = style.width ?? 1;
  return [
    `stroke="${rgbText}"`,
    width === 1 ? "" : ` stroke-width="${width}"`,
    style.dash ? ` stroke-dasharray="${style.dash.replaceAll("px", "")}"` : "",
    alpha * opacity < 1 ? ` stroke-opacity="${px(alpha * opacity, 3)}"` : "",
  ].join("");
}

/** Fill attributes of a colour. */
export function fillStyle(color: string, opacity = 1): string {
  const { rgbText, alpha } = splitColor(color);
  return `fill="${rgbText}"${alpha * opacity < 1 ? ` fill-opacity="${px(alpha * opacity, 3)}"` : ""}`;
}

/** SVG 1.1 knows no rgba(): the opacity goes into an attribute of its own. */
function splitColor(color: string): { rgbText: string; alpha: number } {
  if (color.startsWith("#")) return { rgbText: color, alpha: 1 };
  const { rgb, alpha } = parseColor(color);
  const rgbText = `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
  return { rgbText, alpha };
}
