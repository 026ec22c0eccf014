import { SpecError } from "../../core/errors.js";
import type { Figure } from "../figure.js";
import { extent, formatNumber, logTicks, niceTicks, tickLabels } from "../numbers.js";
import type { PlotlyArray, PlotlyAxis, PlotlyTrace } from "../plotly.js";

/** A rectangle in pixels from the top left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One axis ready for drawing: from data to pixels, and where its ticks stand. */
export interface AxisFrame {
  readonly name: string;
  readonly axis: PlotlyAxis;
  /** First and last pixel; for a y axis the first is below the last. */
  readonly pixels: readonly [number, number];
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Pixel of a coordinate; NaN where there is none. */
  place(value: number | string | null): number;
}

/** A pair of axes and the area they span. */
export interface Panel {
  readonly x: AxisFrame;
  readonly y: AxisFrame;
  readonly area: Box;
}

/** The whole picture's plotting area, inside the margins. */
export function plotArea(figure: Figure): Box {
  const { l, r, t, b } = figure.layout.margin;
  return { left: l, top: t, width: figure.width - l - r, height: figure.height - t - b };
}

/** Every panel that traces use, keyed "x|y", and each axis by its layout name. */
export function framePanels(figure: Figure): Map<string, Panel> {
  const panels = new Map<string, Panel>();
  const area = plotArea(figure);
  for (const trace of figure.data) {
    const xName = trace.xaxis ?? "x";
    const yName = trace.yaxis ?? "y";
    const key = `${xName}|${yName}`;
    if (panels.has(key)) continue;
    const x = frameAxis(figure, xName, area);
    const y = frameAxis(figure, yName, area);
    const panelArea = {
      left: x.pixels[0],
      top: y.pixels[1],
      width: x.pixels[1] - x.pixels[0],
      height: y.pixels[0] - y.pixels[1],
    };
    panels.set(key, { x, y, area: panelArea });
  }
  return panels;
}

/** The layout's entry of an axis named as traces name it ("x2" -> xaxis2). */
export function axisOf(figure: Figure, name: string): PlotlyAxis {
  const key = `${name[0]}axis${name.slice(1)}` as `xaxis${string}`;
  return figure.layout[key] ?? {};
}

function frameAxis(figure: Figure, name: string, area: Box): AxisFrame {
  const axis = axisOf(figure, name);
  const [from, to] = axis.domain ?? [0, 1];
  const vertical = name[0] === "y";
  const pixels: [number, number] = vertical
    ? [area.top + area.height * (1 - from), area.top + area.height * (1 - to)]
    : [area.left + area.width * from, area.left + area.width * to];
  if (axis.type === "category" || (!axis.type && hasText(figure, name))) {
    return categoryFrame(name, axis, pixels, categories(figure, name, axis));
  }
  return numberFrame(name, axis, pixels, axis.range ?? autoRange(figure, name, axis));
}

function coordinates(trace: PlotlyTrace, name: string): PlotlyArray | undefined {
  if ((trace[`${name[0] as "x" | "y"}axis`] ?? name[0]) !== name) return undefined;
  return name[0] === "x" ? trace.x : trace.y;
}

function hasText(figure: Figure, name: string): boolean {
  return figure.data.some((trace) => typeof coordinates(trace, name)?.[0] === "string");
}

function categories(figure: Figure, name: string, axis: PlotlyAxis): string[] {
  const found = new Set<string>(axis.categoryarray ?? []);
  for (const trace of figure.data) {
    const values = coordinates(trace, name);
    for (let i = 0; values && i < values.length; i++) found.add(String(values[i]));
  }
  return [...found];
}

function categoryFrame(
  name: string,
  axis: PlotlyAxis,
  pixels: readonly [number, number],
  names: string[],
): AxisFrame {
  const [low, high] = axis.range ?? [-0.5, names.length - 0.5];
  const at = (index: number) => pixels[0] + ((index - low) / (high - low)) * (pixels[1] - pixels[0]);
  const index = new Map(names.map((text, i) => [text, i]));
  const place = (value: number | string | null) =>
    typeof value === "string" ? at(index.get(value) ?? Number.NaN) : at(value ?? Number.NaN);
  const ticks = names.map((text, i) => ({ at: at(i), label: text }));
  return { name, axis, pixels, ticks, place };
}

function autoRange(figure: Figure, name: string, axis: PlotlyAxis): readonly [number, number] {
  const values: number[] = [];
  for (const trace of figure.data) {
    const own = coordinates(trace, name);
    for (let i = 0; own && i < own.length; i++) if (own[i] !== null) values.push(Number(own[i]));
    if (own && trace.type === "bar" && name[0] === "y") values.push(0);
  }
  const found = extent(axis.type === "log" ? values.filter((value) => value > 0) : values) ?? [0, 1];
  const [low, high] = axis.type === "log" ? found.map(Math.log10) : found;
  const air = high > low ? (high - low) * 0.05 : 0.5;
  return [low - air, high + air];
}

function numberFrame(
  name: string,
  axis: PlotlyAxis,
  pixels: readonly [number, number],
  range: readonly [number, number],
): AxisFrame {
  const [low, high] = range;
  if (!Number.isFinite(low) || !Number.isFinite(high) || low === high) {
    throw new SpecError("figure/range", `the range of axis ${name} must be two different numbers`, {
      value: range,
    });
  }
  const scale = (pixels[1] - pixels[0]) / (high - low);
  const place =
    axis.type === "log"
      ? (value: number | string | null) =>
          value === null || Number(value) <= 0
            ? Number.NaN
            : pixels[0] + (Math.log10(Number(value)) - low) * scale
      : (value: number | string | null) =>
          value === null ? Number.NaN : pixels[0] + (Number(value) - low) * scale;
  return {
    name,
    axis,
    pixels,
    ticks: numberTicks(axis, range, pixels).map((tick) => ({ ...tick, at: place(tick.at) })),
    place,
  };
}

/** Ticks of a number axis, as given or at nice values, inside the range. */
function numberTicks(
  axis: PlotlyAxis,
  range: readonly [number, number],
  pixels: readonly [number, number],
): { at: number; label: string }[] {
  const isLog = axis.type === "log";
  const vertical = pixels[1] < pixels[0];
  const room = Math.abs(pixels[1] - pixels[0]);
  const count = axis.nticks ?? Math.max(2, Math.floor(room / (vertical ? 45 : 75)));
  const auto = isLog
    ? logTicks(Math.min(...range), Math.max(...range))
    : niceTicks(range[0], range[1], count);
  const values = (axis.tickvals ?? auto).map(Number);
  const labels = axis.ticktext ?? formatTicks(values, axis, isLog);
  const [low, high] = range[0] < range[1] ? range : [range[1], range[0]];
  return values
    .map((at, i) => ({ at, label: labels[i] ?? "" }))
    .filter(({ at }) => {
      const value = isLog ? Math.log10(at) : at;
      return value >= low - (high - low) * 1e-6 && value <= high + (high - low) * 1e-6;
    });
}

/** Labels of ticks; understands the few d3 formats that our figures use: ".0%", ".1%" and ".2f". */
export function formatTicks(
  values: readonly number[],
  axis: { tickformat?: string },
  isLog = false,
): string[] {
  const format = /^\.(\d)(%|f)$/.exec(axis.tickformat ?? "");
  if (format) {
    const percent = format[2] === "%";
    return values.map(
      (value) => `${formatNumber(percent ? value * 100 : value, Number(format[1]))}${percent ? "%" : ""}`,
    );
  }
  if (isLog) return values.map((value) => (value < 1 ? String(value) : formatNumber(value, 0)));
  return tickLabels(values);
}
