import type { Figure } from "./figure.js";
import { roundTo } from "./numbers.js";

/** Arrays of numbers with more entries than this are written as plotly's base64 arrays. */
const longArray = 8;

/** Significant digits of numbers written as text. */
const digits = 5;

/**
 * A figure's traces and layout as plotly's JSON, made small: numbers rounded to five significant digits, long arrays
 * as base64 in plotly's typed-array notation {dtype, bdata, shape} (plotly.js 2.28 and newer; float32, or the smallest
 * integer type that holds them), since a notebook saved by Jupyter gives every number of an array a line of its own.
 */
export function plotlyJson(figure: Figure): { data: unknown[]; layout: Record<string, unknown> } {
  const data = figure.data.map((trace) => encode(trace) as Record<string, unknown>);
  return { data, layout: encode(figure.layout) as Record<string, unknown> };
}

function encode(value: unknown): unknown {
  if (typeof value === "number") return roundTo(value, digits);
  if (ArrayBuffer.isView(value)) return encodeArray(Array.from(value as unknown as ArrayLike<number>));
  if (Array.isArray(value)) return encodeArray(value);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([name, entry]) => [name, encode(entry)]));
}

function encodeArray(values: readonly unknown[]): unknown {
  const isNumber = (entry: unknown) => typeof entry === "number" || entry === null;
  if (values.length > longArray && values.every(isNumber)) {
    return binary(values as (number | null)[], undefined);
  }
  const first = values[0];
  if (Array.isArray(first) && first.length > 0 && values.length * first.length > longArray) {
    const rows = values as readonly unknown[][];
    if (rows.every((row) => Array.isArray(row) && row.length === first.length && row.every(isNumber))) {
      return binary(rows.flat() as (number | null)[], `${rows.length}, ${first.length}`);
    }
  }
  return values.map(encode);
}

/** Plotly's typed-array notation; gaps become NaN, which only floats have. */
function binary(values: readonly (number | null)[], shape: string | undefined) {
  const kind = integerKind(values);
  const typed = new kind.array(values.length);
  values.forEach((value, i) => {
    typed[i] = value ?? Number.NaN;
  });
  const bdata = Buffer.from(typed.buffer, typed.byteOffset, typed.byteLength).toString("base64");
  return { dtype: kind.dtype, bdata, ...(shape ? { shape } : {}) };
}

function integerKind(values: readonly (number | null)[]) {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (value === null || !Number.isInteger(value)) return { dtype: "f4", array: Float32Array };
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low >= 0 && high < 256) return { dtype: "u1", array: Uint8Array };
  if (low >= -32768 && high < 32768) return { dtype: "i2", array: Int16Array };
  return { dtype: "f4", array: Float32Array };
}
