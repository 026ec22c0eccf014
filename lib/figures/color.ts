import { SpecError } from "../core/errors.js";
import type { ColorScale } from "./plotly.js";

export type Rgb = readonly [number, number, number];

/**
 * Reads #rgb, #rrggbb, rgb(r,g,b) or rgba(r,g,b,a).
 * @returns channels 0..255 and opacity 0..1
 * @throws SpecError for any other notation
 */
export function parseColor(text: string): { rgb: Rgb; alpha: number } {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  if (hex) {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    const value = Number.parseInt(full, 16);
    return { rgb: [value >> 16, (value >> 8) & 255, value & 255], alpha: 1 };
  }
  const parts = /^rgba?\(([\d.\s,]+)\)$/.exec(text)?.[1].split(",").map(Number);
  if (parts && (parts.length === 3 || parts.length === 4) && parts.every(Number.isFinite)) {
    return { rgb: [parts[0], parts[1], parts[2]], alpha: parts[3] ?? 1 };
  }
  throw new SpecError("figure/colour", `"${text}" is no colour that figures know; write #rrggbb or rgba()`, {
    value: text,
  });
}

export function hexColor(rgb: Rgb): string {
  const clamp = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  return `#${rgb.map((value) => clamp(value).toString(16).padStart(2, "0")).join("")}`;
}

/** The same colour with an opacity of 0..1, as plotly and SVG both read it. */
export function withAlpha(color: string, alpha: number): string {
  return `rgba(${parseColor(color).rgb.join(",")},${alpha})`;
}

/** Mixes two colours in sRGB; share 0 gives the first. */
export function mixColors(first: string, second: string, share: number): string {
  const a = parseColor(first).rgb;
  const b = parseColor(second).rgb;
  return hexColor([0, 1, 2].map((i) => a[i] + (b[i] - a[i]) * share) as unknown as Rgb);
}

/** Colour at a position of 0..1 on a scale; outside it the end colour. */
export function scaleColor(scale: ColorScale, position: number): string {
  const t = Math.min(1, Math.max(0, position));
  const next = scale.findIndex(([stop]) => stop >= t);
  if (next <= 0) return scale[0][1];
  const [from, first] = scale[next - 1];
  const [to, second] = scale[next];
  return mixColors(first, second, (t - from) / (to - from));
}

/** OKLab (Ottosson 2020) to sRGB, for palettes of even lightness. */
export function oklabToRgb(lightness: number, a: number, b: number): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const gamma = (value: number) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
  return linear.map((value) => 255 * gamma(Math.min(1, Math.max(0, value)))) as unknown as Rgb;
}
