// Windowed histograms of a weight vector. A weight's place (0: below all bins, 1..bins, bins + 1: above) is the number of
// edges that are not above it. It is guessed in float32; a guess so near to an edge that rounding could have moved it over
// is settled by comparing with the edges themselves, so that counts are exact.
//
// Most of the time goes into addressing and raising counters. So in a long window weights are counted by twos, weight i
// with weight i + 4: one counter for each pair of places, in a table whose rows and columns are summed at the window's end.
// In a short one each lane has counters of its own, so that equal weights side by side do not wait for each other.

/** 2^23: a whole number below it, added to it, lies in the low bits of the sum. */
const magic: f32 = 8388608;
/** -4 x the bits of 2^23. */
const magicBytes: i32 = -(0x4b000000 << 2);

@inline function four(theta: usize, i: i32): v128 {
  return v128.load(theta + (<usize>i << 2));
}

@inline function one(theta: usize, i: i32): f32 {
  return load<f32>(theta + (<usize>i << 2));
}

@inline function firstTwo(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

@inline function lastTwo(x: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 2, 3));
}

/** Sum of (theta - mean), or of its squares, in float64: that of every fourth weight, and then of these four. */
export function sumByFours(theta: usize, count: i32, mean: f64, squared: bool): f64 {
  const shift = f64x2.splat(mean);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  const even = count & ~3;
  for (let i = 0; i < even; i += 4) {
    const x = four(theta, i);
    const p = f64x2.sub(firstTwo(x), shift);
    const q = f64x2.sub(lastTwo(x), shift);
    a = f64x2.add(a, squared ? f64x2.mul(p, p) : p);
    b = f64x2.add(b, squared ? f64x2.mul(q, q) : q);
  }
  let s0 = f64x2.extract_lane(a, 0);
  let s1 = f64x2.extract_lane(a, 1);
  let s2 = f64x2.extract_lane(b, 0);
  const s3 = f64x2.extract_lane(b, 1);
  for (let i = even; i < count; i++) {
    const d = <f64>one(theta, i) - mean;
    const term = squared ? d * d : d;
    if (i === even) s0 += term;
    else if (i === even + 1) s1 += term;
    else s2 += term;
  }
  return s0 + s1 + (s2 + s3);
}

@inline function addOne(counts: usize, place: i32): void {
  const at = counts + (<usize>place << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** How many edges are not above the value, which lies near place `guess`. */
function placeOf(value: f32, guess: f32): i32 {
  let place: i32 = guess > 0 ? (guess < <f32>(bins + 1) ? <i32>guess : bins + 1) : 0;
  while (place > 0 && value < one(edges, place - 1)) place--;
  while (place <= bins && value >= one(edges, place)) place++;
  return place;
}

/** Addresses of the edges [bins + 1], ascending, and of the tables, which are empty between two windows. */
let edges: usize = 0;
let tables: usize = 0;
let bins: i32 = 0;
/** Counters in a row of a table of pairs: bins + 2, rounded up to fours. */
let stride: i32 = 0;
/** Guess of a place: theta scale + offset, rounded down; farther than this from an edge it is right. */
let scale: f32 = 0;
let offset: f32 = 0;
let near: f32 = 1;

/** @param tablesAt room for [4, bins + 2] and for [bins + 2, stride] uint32, all zero */
export function prepareTables(edgesAt: usize, tablesAt: usize, binCount: i32): void {
  edges = edgesAt;
  tables = tablesAt;
  bins = binCount;
  stride = (binCount + 5) & ~3;
}

/** @param farthest how far from the truth a guess may be; 1 settles all by the edges */
export function prepareGuess(factor: f32, shift: f32, farthest: f32): void {
  scale = factor;
  offset = shift;
  near = farthest;
}

/**
 * Counts of each window by place.
 * @param theta [count] float32
 * @param longest windows of at least so many weights are counted by pairs
 * @param out [windows, bins + 2] uint32 with room for three more, overwritten
 */
export function countWindows(theta: usize, count: i32, windows: i32, longest: i32, out: usize): void {
  const row = <usize>(bins + 2) << 2;
  let start: i32 = 0;
  for (let s = 1; s <= windows; s++) {
    const end = <i32>floor<f64>((<f64>count * <f64>s) / <f64>windows);
    memory.fill(out, 0, row);
    let done = start;
    if (end - start >= longest) {
      done += (end - start) & ~15;
      countPairs(theta, start, done, out);
      sumPairs(out);
    } else {
      done += (end - start) & ~3;
      countLanes(theta, start, done, out);
      sumLanes(out);
    }
    settle(theta, done, end, out);
    out += row;
    start = end;
  }
}

/**
 * Guess of a place less a half, kept between the first and the last: the nearest whole number is the place. `near` is added
 * to it, so that it errs to one side: in doubt it lies less than 2 near above the middle of two places, and else it is right.
 * In this order of operands NaN becomes a place as well, and no address goes astray.
 */
@inline function guess(x: v128, scales: v128, offsets: v128, last: v128): v128 {
  const sum = f32x4.add(f32x4.mul(x, scales), offsets);
  return f32x4.pmax(f32x4.splat(0), f32x4.pmin(last, sum));
}

/** The nearest whole number, plus 2^23. */
@inline function lifted(x: v128): v128 {
  return f32x4.add(x, f32x4.splat(magic));
}

@inline function lowered(x: v128): v128 {
  return f32x4.sub(x, f32x4.splat(magic));
}

/** Raises one counter in the table of each lane. */
@inline function addAll(at: v128): void {
  const a = <usize>i32x4.extract_lane(at, 0);
  const b = <usize>i32x4.extract_lane(at, 1);
  const c = <usize>i32x4.extract_lane(at, 2);
  const d = <usize>i32x4.extract_lane(at, 3);
  store<u32>(a, load<u32>(a) + 1);
  store<u32>(b, load<u32>(b) + 1);
  store<u32>(c, load<u32>(c) + 1);
  store<u32>(d, load<u32>(d) + 1);
}

/** Counts weights from..to by the edges. */
function settle(theta: usize, from: i32, to: i32, out: usize): void {
  for (let i = from; i < to; i++) {
    const value = one(theta, i);
    addOne(out, placeOf(value, value * scale + offset));
  }
}

/** Weights from..to, a multiple of 16; those near an edge go to `out` at once. */
function countPairs(theta: usize, from: i32, to: i32, out: usize): void {
  const base = i32x4.splat(<i32>tables + magicBytes);
  const scales = f32x4.splat(scale);
  const offsets = f32x4.splat(offset - <f32>0.5 + near);
  const last = f32x4.splat(<f32>(bins + 1));
  const least = f32x4.splat(2 * near - <f32>0.5);
  const strides = f32x4.splat(<f32>stride);
  for (let i = from; i < to; i += 16) {
    const u = guess(four(theta, i), scales, offsets, last);
    const v = guess(four(theta, i + 4), scales, offsets, last);
    const x = guess(four(theta, i + 8), scales, offsets, last);
    const y = guess(four(theta, i + 12), scales, offsets, last);
    const p = lowered(lifted(u));
    const q = lifted(v);
    const r = lowered(lifted(x));
    const s = lifted(y);
    const above = f32x4.pmin(f32x4.sub(u, p), f32x4.sub(v, lowered(q)));
    const aboveToo = f32x4.pmin(f32x4.sub(x, r), f32x4.sub(y, lowered(s)));
    if (i32x4.bitmask(f32x4.lt(f32x4.pmin(above, aboveToo), least))) {
      settle(theta, i, i + 16, out);
      continue;
    }
    addAll(i32x4.add(base, i32x4.shl(f32x4.add(f32x4.mul(p, strides), q), 2)));
    addAll(i32x4.add(base, i32x4.shl(f32x4.add(f32x4.mul(r, strides), s), 2)));
  }
}

/** Adds the rows and columns of the table to `out`, and empties it. */
function sumPairs(out: usize): void {
  const row: usize = <usize>stride << 2;
  let at = tables;
  for (let place = 0; place < bins + 2; place++) {
    let sum = i32x4.splat(0);
    for (let p: usize = 0; p < row; p += 16) {
      const counts = v128.load(at + p);
      sum = i32x4.add(sum, counts);
      v128.store(out + p, i32x4.add(v128.load(out + p), counts));
      v128.store(at + p, i32x4.splat(0));
    }
    const halves = i32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
    const own = out + (<usize>place << 2);
    store<u32>(own, load<u32>(own) + i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1));
    at += row;
  }
}

/** Weights from..to, a multiple of 4; those near an edge go to `out` at once. */
function countLanes(theta: usize, from: i32, to: i32, out: usize): void {
  const width = (bins + 2) << 2;
  const first: i32 = <i32>tables + magicBytes;
  const bases = i32x4(first, first + width, first + 2 * width, first + 3 * width);
  const scales = f32x4.splat(scale);
  const offsets = f32x4.splat(offset - <f32>0.5 + near);
  const last = f32x4.splat(<f32>(bins + 1));
  const least = f32x4.splat(2 * near - <f32>0.5);
  for (let i = from; i < to; i += 4) {
    const u = guess(four(theta, i), scales, offsets, last);
    const p = lifted(u);
    if (i32x4.bitmask(f32x4.lt(f32x4.sub(u, lowered(p)), least))) settle(theta, i, i + 4, out);
    else addAll(i32x4.add(bases, i32x4.shl(p, 2)));
  }
}

/** Adds the tables of the lanes to `out`, and empties them. */
function sumLanes(out: usize): void {
  const width: usize = <usize>(bins + 2) << 2;
  for (let p: usize = 0; p < width; p += 4) {
    for (let lane: usize = 0; lane < 4; lane++) {
      const at = tables + p + lane * width;
      store<u32>(out + p, load<u32>(out + p) + load<u32>(at));
      store<u32>(at, 0);
    }
  }
}
