/** Rounds to a number of significant digits; NaN and infinities become null, as JSON and plotly want them. */
export function roundTo(value: number | null, digits: number): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Number(value.toPrecision(digits));
}

/** A pixel coordinate with at most `decimals` decimals, as short as possible. */
export function px(value: number, decimals = 1): string {
  const factor = 10 ** decimals;
  const rounded = Math.round(value * factor) / factor;
  return String(rounded === 0 ? 0 : rounded);
}

/** Smallest and largest finite value, or undefined when there is none. */
export function extent(values: Iterable<number | null | undefined>): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

/**
 * A range that leaves some air around the values, rounded so that figures of nearly equal data stay equal.
 * @param share air on each side as a share of the width
 */
export function paddedRange(
  values: Iterable<number | null | undefined>,
  share = 0.05,
  fallback: [number, number] = [0, 1],
): [number, number] {
  const found = extent(values);
  if (!found) return fallback;
  const [low, high] = found;
  const air = high > low ? (high - low) * share : Math.max(Math.abs(high) * 0.05, 1e-6);
  return [Number((low - air).toPrecision(6)), Number((high + air).toPrecision(6))];
}

/** Ticks at 1, 2 or 5 times a power of ten within a range, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const from = Math.min(low, high);
  const to = Math.max(low, high);
  if (!(to > from)) return [from];
  const raw = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw * 0.999) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

/** Ticks at powers of ten, with 2 and 5 between them when there are few. */
export function logTicks(lowPower: number, highPower: number): number[] {
  const factors = highPower - lowPower < 2.5 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(lowPower); power <= Math.ceil(highPower); power++) {
    for (const factor of factors) {
      const at = power + Math.log10(factor);
      if (at >= lowPower - 1e-9 && at <= highPower + 1e-9)
        ticks.push(Number((factor * 10 ** power).toPrecision(6)));
    }
  }
  return ticks;
}

/** A number with a true minus sign and thousands separated, with a fixed count of decimals. */
export function formatNumber(value: number, decimals: number): string {
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && Number(digits.replaceAll(",", "")) !== 0 ? `−${digits}` : digits;
}

/** Labels of linear ticks: as many decimals as the step needs. */
export function tickLabels(ticks: readonly number[]): string[] {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0]) || 1;
  let decimals = 0;
  while (decimals < 8 && Math.abs(Number(step.toFixed(decimals)) - step) > step * 1e-6) decimals++;
  return ticks.map((tick) => formatNumber(tick, decimals));
}
