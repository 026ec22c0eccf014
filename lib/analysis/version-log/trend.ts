/**
 * How clearly values rise along their sequence: the t statistic of their linear trend, held down for few values. A tenth
 * of the values' spread is added to what the line leaves unexplained, so that three values in a row say less than
 * twenty. Turning the sequence round changes the sign and nothing else; 0 for fewer than three values.
 */
export function trend(values: readonly number[]): number {
  const n = values.length;
  if (n < 3) return 0;
  const centre = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let product = 0;
  let spread = 0;
  let places = 0;
  values.forEach((value, i) => {
    product += (i - centre) * (value - mean);
    places += (i - centre) ** 2;
    spread += (value - mean) ** 2;
  });
  if (!(spread > 0)) return 0;
  const slope = product / places;
  const left = Math.max(0, spread - slope * product) + spread / 10;
  return slope / Math.sqrt(left / (n - 2) / places);
}
