import { parseColor, scaleColor } from "../../figures/color.js";
import { continuousScale, divergingScale, groupColor } from "../../figures/style.js";
import type { Coloring } from "../state/coloring.js";

/** Red, green, blue of 256 places on a scale: [256, 3]. */
export type Ramp = Uint8Array;

/** Colours of a theme that canvases need; everything else is the stylesheet's. */
export interface Theme {
  readonly isDark: boolean;
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly rule: string;
  readonly link: string;
  /** Points that are not selected. */
  readonly gray: readonly [number, number, number];
  /** Points whose value is not known. */
  readonly unknown: readonly [number, number, number];
}

/** The theme that the page has now. */
export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const rgb = (name: string) => parseColor(color(name)).rgb as [number, number, number];
  return {
    isDark: style.colorScheme === "dark",
    paper: color("--paper"),
    ink: color("--ink"),
    quiet: color("--quiet"),
    rule: color("--rule"),
    link: color("--link"),
    gray: rgb("--gray"),
    unknown: rgb("--unknown"),
  };
}

function ramp(scale: typeof continuousScale, from: number, to: number): Ramp {
  const colors = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    colors.set(parseColor(scaleColor(scale, from + ((to - from) * i) / 255)).rgb, 3 * i);
  }
  return colors;
}

/** Viridis whole, for pictures that have their own ground. */
export const heatRamp: Ramp = ramp(continuousScale, 0, 1);
/** Blue below the middle, orange above. */
export const differenceRamp: Ramp = ramp(divergingScale, 0, 1);
/** Without the yellow that white swallows, and without the violet that black does. */
const onLight = ramp(continuousScale, 0, 0.93);
const onDark = ramp(continuousScale, 0.14, 1);

/** The scale for numbers on the page's ground. */
export const pointRamp = ({ isDark }: Theme): Ramp => (isDark ? onDark : onLight);

/** Colour of a level on the page's ground. */
export function levelColor(index: number, levels: number, { isDark }: Theme): string {
  const color = groupColor(index, levels);
  return isDark && color === "#000000" ? "#f4f2ec" : color;
}

/**
 * Colours of all models: [models, 4], the fourth 255 for those that are shown in colour and 0 for those that are grayed.
 * @param mask selected models; with none selected all are shown in colour
 */
export function pointColors(
  coloring: Coloring | undefined,
  mask: Uint8Array,
  hasSelection: boolean,
  theme: Theme,
): Uint8Array {
  const models = mask.length;
  const colors = new Uint8Array(4 * models);
  const colorOf = colorFunction(coloring, theme);
  for (let model = 0; model < models; model++) {
    const shown = !hasSelection || mask[model] === 1;
    const [r, g, b] = shown ? colorOf(model) : theme.gray;
    colors[4 * model] = r;
    colors[4 * model + 1] = g;
    colors[4 * model + 2] = b;
    colors[4 * model + 3] = shown ? 255 : 0;
  }
  return colors;
}

type Triple = readonly [number, number, number];

/** Colour of a model, whatever is selected. */
export function colorFunction(coloring: Coloring | undefined, theme: Theme): (model: number) => Triple {
  if (coloring?.kind === "level") {
    const { codes, levels } = coloring.column;
    const palette = levels.map((_, i) => parseColor(levelColor(i, levels.length, theme)).rgb);
    return (model) => palette[codes[model]];
  }
  const colors = pointRamp(theme);
  const steps = Array.from(
    { length: 256 },
    (_, i): Triple => [colors[3 * i], colors[3 * i + 1], colors[3 * i + 2]],
  );
  if (!coloring) return () => steps[110];
  const { positions } = coloring;
  return (model) => {
    const position = positions[model];
    return Number.isNaN(position)
      ? theme.unknown
      : steps[Math.round(255 * Math.min(1, Math.max(0, position)))];
  };
}

export const cssColor = ([r, g, b]: Triple): string => `rgb(${r},${g},${b})`;
