/**
 * Complementary error function, 2/sqrt(pi) times the integral of exp(-t^2) from x to infinity. Absolute error below
 * 1e-15; relative error below 1e-13 up to x = 26, where it underflows.
 *
 * Below 2 from the series of erf whose terms are all positive (Abramowitz and Stegun 7.1.6), above from the continued
 * fraction (7.1.14), read from its end.
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) return 1 - erfSeries(x);
  // From x = 2 on, 100 terms agree with any larger number of them to the last bits.
  let tail = x;
  for (let k = 100; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

/** erf(x) = 2/sqrt(pi) exp(-x^2) (x + 2 x^3/3 + 4 x^5/15 + ...), for 0 <= x <= 2. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Probability that a standard normal deviate lies below x. */
export function normalCdf(x: number): number {
  return erfc(-x / Math.SQRT2) / 2;
}
