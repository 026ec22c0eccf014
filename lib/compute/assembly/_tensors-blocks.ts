// Products of small matrices that lie in the first cache, without packing: blocks of 2 x 4 sums, which is what the
// sixteen vector registers hold. Lengths of rows (`...Line`) in bytes.
import { madd } from "./_tensors-basics";
import { fourSums, loadPart, storePart } from "./_tensors-edges";

/** C [m, n] = A [m, k] B [n, k]^T. At odd edges a row is computed twice, but stored once. */
@inline export function products(
  a: usize, aLine: usize, b: usize, bLine: usize, c: usize, cLine: usize, m: i32, n: i32, k: i32,
): void {
  for (let i = 0; i < m; i += 2) {
    const a0 = a + <usize>i * aLine;
    const c0 = c + <usize>i * cLine;
    const second = i + 1 < m;
    const a1 = second ? a0 + aLine : a0;
    for (let j = 0; j < n; j += 4) {
      const count = min<i32>(4, n - j);
      productBlock(a0, a1, b + <usize>j * bLine, bLine, c0 + (<usize>j << 2), cLine, k, count, second);
    }
  }
}

function productBlock(
  a0: usize, a1: usize, b0: usize, bLine: usize, c: usize, cLine: usize, k: i32, count: i32, second: bool,
): void {
  const b1 = count > 1 ? b0 + bLine : b0;
  const b2 = count > 2 ? b1 + bLine : b0;
  const b3 = count > 3 ? b2 + bLine : b0;
  const body = <usize>(k & ~3) << 2;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  for (let i: usize = 0; i < body; i += 16) {
    const x = v128.load(a0 + i);
    const y = v128.load(a1 + i);
    let z = v128.load(b0 + i);
    s00 = madd(x, z, s00);
    s10 = madd(y, z, s10);
    z = v128.load(b1 + i);
    s01 = madd(x, z, s01);
    s11 = madd(y, z, s11);
    z = v128.load(b2 + i);
    s02 = madd(x, z, s02);
    s12 = madd(y, z, s12);
    z = v128.load(b3 + i);
    s03 = madd(x, z, s03);
    s13 = madd(y, z, s13);
  }
  const rest = k & 3;
  if (rest) {
    const x = loadPart(a0 + body, rest, 0);
    const y = loadPart(a1 + body, rest, 0);
    let z = loadPart(b0 + body, rest, 0);
    s00 = madd(x, z, s00);
    s10 = madd(y, z, s10);
    z = loadPart(b1 + body, rest, 0);
    s01 = madd(x, z, s01);
    s11 = madd(y, z, s11);
    z = loadPart(b2 + body, rest, 0);
    s02 = madd(x, z, s02);
    s12 = madd(y, z, s12);
    z = loadPart(b3 + body, rest, 0);
    s03 = madd(x, z, s03);
    s13 = madd(y, z, s13);
  }
  const first = fourSums(s00, s01, s02, s03);
  const other = fourSums(s10, s11, s12, s13);
  if (count > 3) {
    v128.store(c, first);
    if (second) v128.store(c + cLine, other);
  } else {
    storePart(c, first, count);
    if (second) storePart(c + cLine, other, count);
  }
}

/** C [m, n] = W B [k, n], where W's value (i, j) is at w + i wRow + j wColumn: W or a transposed W. */
@inline export function mixtures(
  w: usize, wRow: usize, wColumn: usize, b: usize, bLine: usize, c: usize, cLine: usize, m: i32, n: i32, k: i32,
): void {
  const wide = n & ~15;
  for (let i = 0; i < m; i += 2) {
    const w0 = w + <usize>i * wRow;
    const c0 = c + <usize>i * cLine;
    const second = i + 1 < m;
    const w1 = second ? w0 + wRow : w0;
    const c1 = second ? c0 + cLine : c0;
    let j = 0;
    for (; j < wide; j += 16) {
      const column = <usize>j << 2;
      mixtureBlock(w0, w1, wColumn, b + column, bLine, c0 + column, c1 + column, k);
    }
    for (; j < n; j += 4) {
      const column = <usize>j << 2;
      mixtureEdge(w0, w1, wColumn, b + column, bLine, c0 + column, c1 + column, k, n - j);
    }
  }
}

function mixtureBlock(
  w0: usize, w1: usize, wColumn: usize, b: usize, bLine: usize, c0: usize, c1: usize, k: i32,
): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  for (let i = 0; i < k; i++) {
    const x = v128.load32_splat(w0);
    const y = v128.load32_splat(w1);
    let z = v128.load(b);
    s00 = madd(x, z, s00);
    s10 = madd(y, z, s10);
    z = v128.load(b, 16);
    s01 = madd(x, z, s01);
    s11 = madd(y, z, s11);
    z = v128.load(b, 32);
    s02 = madd(x, z, s02);
    s12 = madd(y, z, s12);
    z = v128.load(b, 48);
    s03 = madd(x, z, s03);
    s13 = madd(y, z, s13);
    w0 += wColumn;
    w1 += wColumn;
    b += bLine;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c0, s02, 32);
  v128.store(c0, s03, 48);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c1, s13, 48);
}

/** The last `count` columns (one to four are done). */
function mixtureEdge(
  w0: usize, w1: usize, wColumn: usize, b: usize, bLine: usize, c0: usize, c1: usize, k: i32, count: i32,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let i = 0; i < k; i++) {
    const z = count > 3 ? v128.load(b) : loadPart(b, count, 0);
    s0 = madd(v128.load32_splat(w0), z, s0);
    s1 = madd(v128.load32_splat(w1), z, s1);
    w0 += wColumn;
    w1 += wColumn;
    b += bLine;
  }
  if (count > 3) {
    v128.store(c0, s0);
    v128.store(c1, s1);
  } else {
    storePart(c0, s0, count);
    storePart(c1, s1, count);
  }
}
