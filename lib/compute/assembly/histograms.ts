// Histograms of gradient-boosted trees: sums of derivatives by bin, four features at once. Entries are added in the order
// of the rows, in float64: the bits are those of a plain loop. The sum of gradients and the number of rows lie side by
// side, so that one vector addition serves both.

/** [gradient, 1]. */
@inline function entry(gradients: usize, i: i32): v128 {
  return f64x2.replace_lane(f64x2.splat(1), 0, <f64>load<f32>(gradients + (<usize>i << 2)));
}

/** Bins of four features of row `picked[i]`, a byte each. */
@inline function binsOf(words: usize, picked: usize, i: i32): u32 {
  return load<u32>(words + (<usize>load<u32>(picked + (<usize>i << 2)) << 2));
}

@inline function addPair(at: usize, pair: v128): void {
  v128.store(at, f64x2.add(v128.load(at), pair));
}

/** Adds to [4, 256, 2]: sum of gradients, rows. `gradients` are in the order of `picked`. */
export function addGradients(words: usize, picked: usize, gradients: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const word = binsOf(words, picked, i);
    const pair = entry(gradients, i);
    addPair(out + <usize>((word & 255) << 4), pair);
    addPair(out + 4096 + <usize>((word >> 4) & 4080), pair);
    addPair(out + 8192 + <usize>((word >> 12) & 4080), pair);
    addPair(out + 12288 + <usize>((word >> 20) & 4080), pair);
  }
}

@inline function addThree(at: usize, pair: v128, hessian: f64): void {
  addPair(at, pair);
  store<f64>(at, load<f64>(at, 16) + hessian, 16);
}

/** Adds to [4, 256, 3]: sum of gradients, rows, sum of Hessians. */
export function addBoth(
  words: usize,
  picked: usize,
  gradients: usize,
  hessians: usize,
  count: i32,
  out: usize,
): void {
  for (let i = 0; i < count; i++) {
    const word = binsOf(words, picked, i);
    const pair = entry(gradients, i);
    const hessian = <f64>load<f32>(hessians + (<usize>i << 2));
    addThree(out + <usize>((word & 255) * 24), pair, hessian);
    addThree(out + 6144 + <usize>(((word >> 8) & 255) * 24), pair, hessian);
    addThree(out + 12288 + <usize>(((word >> 16) & 255) * 24), pair, hessian);
    addThree(out + 18432 + <usize>((word >> 24) * 24), pair, hessian);
  }
}
