import { SpecError } from "../../core/errors.js";

export interface SurpriseOptions {
  /** Values before the judged one that the line is laid through; 8 by default, at least 3. */
  readonly window?: number;
}

/**
 * How far each value of a series lies from the line through the values before it, in standard errors of that prediction:
 * the studentised prediction residual of a least-squares line. Were the deviations normal and independent, it would have
 * Student's t distribution with window - 2 degrees of freedom, whatever the series' level, slope and noise.
 * @param series one value an epoch; positive quantities that shrink are best given as logarithms
 * @returns signed; NaN at the first `window` values and where a value of the window or the judged one is not finite. A
 *   value off an exact line has infinite surprise, one on it 0.
 * @throws SpecError for a window that holds no line and its noise
 */
export function predictionSurprise(
  series: ArrayLike<number>,
  { window = 8 }: SurpriseOptions = {},
): Float64Array {
  if (!Number.isSafeInteger(window) || window < 3) {
    const message = `window is ${window}; a line and the noise about it need a whole number of at least 3 values`;
    throw new SpecError("monitoring/window", message, { value: window });
  }
  const result = new Float64Array(series.length).fill(Number.NaN);
  // Times are -window .. -1 and the judged one 0, so their mean and squares are the same everywhere.
  const middle = -(window + 1) / 2;
  const squares = (window * (window * window - 1)) / 12;
  const spread = Math.sqrt(1 + 1 / window + (middle * middle) / squares);
  for (let i = window; i < series.length; i++) {
    let mean = 0;
    for (let k = 1; k <= window; k++) mean += series[i - k] / window;
    let slope = 0;
    for (let k = 1; k <= window; k++) slope += ((-k - middle) * (series[i - k] - mean)) / squares;
    let noise = 0;
    for (let k = 1; k <= window; k++) noise += (series[i - k] - mean - slope * (-k - middle)) ** 2;
    const error = series[i] - (mean - slope * middle);
    const unit = Math.sqrt(noise / (window - 2)) * spread;
    // Rounding leaves an exact line a noise of some last digits: there is no surprise in those either.
    const rounding = 1e-12 * (Math.abs(series[i]) + Math.abs(mean));
    result[i] = Math.abs(error) <= rounding ? 0 : error / (unit > rounding ? unit : 0);
  }
  return result;
}
