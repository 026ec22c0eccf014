import { inspect } from "node:util";

/** What stands where there is no number. */
export const noNumber = "–";

/**
 * A number as tables show it: whole numbers in full, others with `digits` significant digits (4 by default), an
 * exponent only for the very small and the very large; null, NaN and infinities as a dash.
 */
export function formatValue(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return noNumber;
  if (Number.isInteger(value) && Math.abs(value) < 1e12) return sign(value.toLocaleString("en"));
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return sign(value.toExponential(digits - 1));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = value.toLocaleString("en", {
    minimumFractionDigits: Math.min(decimals, digits),
    maximumFractionDigits: Math.min(decimals, digits),
  });
  return sign(text);
}

/** A difference, with its sign. */
export function formatDifference(value: number | null, digits = 4): string {
  if (value === null || !Number.isFinite(value)) return noNumber;
  const text = formatValue(Number(value.toPrecision(digits)), digits);
  return value > 0 ? `+${text}` : text;
}

/** A value with its interval: "0.69 [0.67, 0.71]". */
export function formatInterval(
  value: number | null,
  low: number | null | undefined,
  high: number | null | undefined,
  digits = 4,
): string {
  const text = formatValue(value, digits);
  if (low === null || low === undefined || high === null || high === undefined || text === noNumber)
    return text;
  return `${text} [${formatValue(low, digits)}, ${formatValue(high, digits)}]`;
}

/** Any cell of a table as text; numbers by `formatValue`. */
export function formatCell(value: unknown, digits: number): string {
  if (typeof value === "number") return formatValue(value, digits);
  if (value === null || value === undefined) return noNumber;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  try {
    return JSON.stringify(value) ?? noNumber;
  } catch {
    // Cycles and big integers inside have no JSON.
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 1 });
  }
}

/** A true minus sign, as the figures have it. */
function sign(text: string): string {
  return text.replace(/^-/, "−").replace("e-", "e−").replace("e+", "e");
}
