/**
 * Values of the piecewise linear function through the given values at `count` evenly spaced places, of which the first and
 * the last are those of the given values (numpy.interp over linspace); of one place, the middle.
 * @param values [N], at least one
 * @param out [count], overwritten
 */
export function resample(
  values: Float32Array,
  count: number,
  out: Float32Array = new Float32Array(count),
): Float32Array {
  const last = values.length - 1;
  for (let i = 0; i < count; i++) {
    const at = count === 1 ? last / 2 : (i * last) / (count - 1);
    const below = Math.floor(at);
    const share = at - below;
    out[i] = share === 0 ? values[below] : values[below] + share * (values[below + 1] - values[below]);
  }
  return out;
}
