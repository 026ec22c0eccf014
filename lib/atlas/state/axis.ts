import { type DecodedColumn, numberText } from "../data/decoded.js";
import { type Members, membersOf } from "./members.js";
import type { Interval } from "./state.js";

/** A column along a line: numbers evenly or by their logarithm, levels in bands of equal width. */
export interface Axis {
  readonly name: string;
  readonly scale: "linear" | "log" | "levels";
  /** Place of each model, 0..1 from the axis' lower end; NaN where the value is not known: [models]. */
  readonly positions: Float32Array;
  /** Words beside the axis. */
  readonly ticks: readonly { readonly position: number; readonly text: string }[];
  /** What stands at a position. */
  textAt(position: number): string;
}

/** Ratio of greatest to least number from which an axis of positive numbers is logarithmic. */
const logRatio = 20;

/** Numbers of no more different values than this stand in bands, as levels do. */
const fewValues = 8;

/** The axis of a column. */
export function axisOf(column: DecodedColumn): Axis {
  if (column.kind === "level") {
    return levelAxis(column.name, column.levels, (model) => column.codes[model], column.codes.length);
  }
  const { values } = column;
  const distinct = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) distinct.add(value);
    if (distinct.size > fewValues) return numberAxis(column.name, values);
  }
  const sorted = [...distinct].sort((a, b) => a - b);
  const codes = new Map(sorted.map((value, code) => [value, code]));
  const levels = sorted.map((value) => numberText(value));
  return levelAxis(column.name, levels, (model) => codes.get(values[model]) ?? Number.NaN, values.length);
}

function levelAxis(
  name: string,
  levels: readonly string[],
  codeOf: (model: number) => number,
  models: number,
): Axis {
  const count = Math.max(1, levels.length);
  const position = (code: number) => (code + 0.5) / count;
  return {
    name,
    scale: "levels",
    positions: Float32Array.from({ length: models }, (_, model) => position(codeOf(model))),
    ticks: levels.map((text, code) => ({ position: position(code), text })),
    textAt: (at) => levels[Math.min(count - 1, Math.max(0, Math.floor(at * count)))] ?? "",
  };
}

function numberAxis(name: string, values: Float64Array): Axis {
  const { low, high, isLog } = spreadOf(values);
  const [from, to] = isLog ? [Math.log(low), Math.log(high)] : [low, high];
  const width = to - from || 1;
  const place = (value: number) => ((isLog ? Math.log(value) : value) - from) / width;
  const valueAt = (at: number) => (isLog ? Math.exp(from + at * width) : from + at * width);
  const positions = Float32Array.from(values, (value) =>
    Number.isFinite(value) ? place(value) : Number.NaN,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ position: at, text: numberText(valueAt(at), 3) }));
  return {
    name,
    scale: isLog ? "log" : "linear",
    positions,
    ticks,
    textAt: (at) => numberText(valueAt(at), 3),
  };
}

/** Least and greatest finite number, and whether their logarithms show more. */
export function spreadOf(values: ArrayLike<number>): { low: number; high: number; isLog: boolean } {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  if (low > high) [low, high] = [0, 1];
  return { low, high, isLog: low > 0 && high / low >= logRatio };
}

/** Models that lie within the interval of every brushed axis. A value that is not known lies in none. */
export function brushed(
  picked: Members | undefined,
  models: number,
  brushes: readonly { readonly axis: Axis; readonly interval: Interval }[],
): Members {
  const mask = new Uint8Array(models).fill(picked ? 0 : 1);
  if (picked) for (const model of picked) mask[model] = 1;
  for (const { axis, interval } of brushes) {
    const [low, high] = interval;
    const { positions } = axis;
    for (let model = 0; model < models; model++) {
      if (!(positions[model] >= low && positions[model] <= high)) mask[model] = 0;
    }
  }
  return membersOf(mask);
}

/** An interval between two places in either order, within the axis; on an axis of levels, whole bands. */
export function intervalOf(axis: Axis, from: number, to: number): Interval {
  const low = Math.max(0, Math.min(from, to));
  const high = Math.min(1, Math.max(from, to));
  if (axis.scale !== "levels") return [low, high];
  const bands = Math.max(1, axis.ticks.length);
  const first = Math.min(bands - 1, Math.floor(low * bands));
  const last = Math.max(first + 1, Math.ceil(high * bands - 1e-6));
  return [first / bands, last / bands];
}

/** How far a key moves a brush on an axis: a band, or a twentieth. */
export function stepOf(axis: Axis): number {
  return axis.scale === "levels" ? 1 / Math.max(1, axis.ticks.length) : 0.05;
}

/** An interval moved by a step and kept on the axis; or, with `grow`, its upper end moved and the lower one kept. */
export function moveInterval(axis: Axis, [low, high]: Interval, steps: number, grow: boolean): Interval {
  const step = stepOf(axis) * steps;
  if (grow) return intervalOf(axis, low + 1e-6, Math.max(low + stepOf(axis), high + step));
  const by = Math.min(1 - high, Math.max(-low, step));
  return [low + by, high + by];
}
