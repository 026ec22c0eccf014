// Dense matrix products C = A B in float32 and float64, one thread. Built with plain SIMD, which all results come from,
// and with fused multiply-adds, the yardstick of kernels that use these.
//
// Both operands are packed first: B into panels of two vectors of columns, A into panels of ROWS rows, each cut along
// the inner dimension into blocks of at most `depth` so that one panel of B stays in the first-level cache. An entry of
// C is the sum of its blocks in ascending order, each block summed in ascending order: its bits depend on nothing but
// its row of A, its column of B and `depth`.

const ROWS: i32 = 4;

// Columns of a panel: two vectors.
@inline function columns<T>(): i32 {
  return 32 / <i32>sizeof<T>();
}

@inline function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/** a b + c: fused in the module built for relaxed SIMD, two roundings in the other. */
@inline function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(c, v128.mul<T>(a, b));
}

// ROWS x 2 vectors of C (the largest block whose registers V8 does not spill: 4 x 2 reaches 1.5 times the rate of
// 5 x 2, 6 x 2 or 3 x 3) over `count` steps of the inner dimension. A panel entry of A is broadcast to all lanes.
@inline function tile<T>(a: usize, b: usize, c: usize, count: i32, stride: usize, first: bool): void {
  const size = <usize>sizeof<T>();
  const zero = v128.splat<T>(<T>0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero;
  let c30 = zero, c31 = zero;
  const end = a + <usize>count * ROWS * size;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a);
    c00 = madd<T>(x, b0, c00);
    c01 = madd<T>(x, b1, c01);
    x = v128.load_splat<T>(a + size);
    c10 = madd<T>(x, b0, c10);
    c11 = madd<T>(x, b1, c11);
    x = v128.load_splat<T>(a + 2 * size);
    c20 = madd<T>(x, b0, c20);
    c21 = madd<T>(x, b1, c21);
    x = v128.load_splat<T>(a + 3 * size);
    c30 = madd<T>(x, b0, c30);
    c31 = madd<T>(x, b1, c31);
    a += <usize>ROWS * size;
    b += 32;
  }
  put<T>(c, c00, c01, first);
  put<T>(c + stride, c10, c11, first);
  put<T>(c + 2 * stride, c20, c21, first);
  put<T>(c + 3 * stride, c30, c31, first);
}

@inline function put<T>(c: usize, low: v128, high: v128, first: bool): void {
  if (first) {
    v128.store(c, low);
    v128.store(c, high, 16);
  } else {
    v128.store(c, v128.add<T>(v128.load(c), low));
    v128.store(c, v128.add<T>(v128.load(c, 16), high), 16);
  }
}

@inline function multiply<T>(a: usize, b: usize, c: usize, rowPanels: i32, columnPanels: i32, allColumnPanels: i32,
  inner: i32, depth: i32): void {
  const size = <usize>sizeof<T>();
  const stride = <usize>columnPanels * 32;
  for (let start = 0; start < inner; start += depth) {
    const count = least(depth, inner - start);
    const aBlock = a + <usize>start * rowPanels * ROWS * size;
    const bBlock = b + <usize>start * allColumnPanels * 32;
    for (let j = 0; j < columnPanels; j++) {
      const bPanel = bBlock + <usize>j * count * 32;
      for (let i = 0; i < rowPanels; i++) {
        tile<T>(aBlock + <usize>i * count * ROWS * size, bPanel, c + <usize>i * ROWS * stride + <usize>j * 32, count,
          stride, start == 0);
      }
    }
  }
}

// Copies entry (line, step) from `source + line * lineStride + step * stepStride` (in entries) into panels of `width`
// lines: block of steps, then panel, then step, then line. Lines from..to are written; those beyond `lines` are zero.
@inline function pack<T>(source: usize, target: usize, from: i32, to: i32, lines: i32, allLines: i32, stepsFrom: i32,
  stepsTo: i32, inner: i32, depth: i32, lineStride: i32, stepStride: i32, width: i32): void {
  const size = <usize>sizeof<T>();
  for (let start = stepsFrom; start < stepsTo; start += depth) {
    const count = least(depth, inner - start);
    for (let panel = from; panel < to; panel += width) {
      let out = target + (<usize>start * allLines + <usize>panel * count) * size;
      for (let step = 0; step < count; step++) {
        let line = source + (<usize>(start - stepsFrom + step) * stepStride + <usize>(panel - from) * lineStride) * size;
        for (let l = 0; l < width; l++) {
          store<T>(out, panel + l < lines ? load<T>(line) : <T>0);
          out += size;
          line += <usize>lineStride * size;
        }
      }
    }
  }
}

export function rowsOfPanel(): i32 {
  return ROWS;
}

export function multiply32(a: usize, b: usize, c: usize, rowPanels: i32, columnPanels: i32, allColumnPanels: i32,
  inner: i32, depth: i32): void {
  multiply<f32>(a, b, c, rowPanels, columnPanels, allColumnPanels, inner, depth);
}

export function multiply64(a: usize, b: usize, c: usize, rowPanels: i32, columnPanels: i32, allColumnPanels: i32,
  inner: i32, depth: i32): void {
  multiply<f64>(a, b, c, rowPanels, columnPanels, allColumnPanels, inner, depth);
}

export function pack32(source: usize, target: usize, from: i32, to: i32, lines: i32, allLines: i32, stepsFrom: i32,
  stepsTo: i32, inner: i32, depth: i32, lineStride: i32, stepStride: i32, width: i32): void {
  pack<f32>(source, target, from, to, lines, allLines, stepsFrom, stepsTo, inner, depth, lineStride, stepStride, width);
}

export function pack64(source: usize, target: usize, from: i32, to: i32, lines: i32, allLines: i32, stepsFrom: i32,
  stepsTo: i32, inner: i32, depth: i32, lineStride: i32, stepStride: i32, width: i32): void {
  pack<f64>(source, target, from, to, lines, allLines, stepsFrom, stepsTo, inner, depth, lineStride, stepStride, width);
}
