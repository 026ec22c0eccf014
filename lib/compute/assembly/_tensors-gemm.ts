// C = alpha op(A) op(B) + beta C in float32, row-major, one thread.
//
// Tiles of 4 rows x 2 vectors are summed in registers (the largest block that V8 does not spill) over at most DEPTH
// steps of the inner dimension, blocks in ascending order. Operands are read in place where this is as quick, else
// packed: A into panels of 4 rows, B into panels of 8 columns, so that the tile reads both one after the other. A
// block of A stays in the second-level cache, a panel of B in the first. Edges are packed always; what fills them up to
// a whole panel does not matter, since it only comes into entries that are not stored.
import { madd } from "./_tensors-basics";
import { packColumns, packRows } from "./_tensors-gemm-pack";

/** Steps of the inner dimension of a block, rows of a block of A, columns of a block of B. */
const DEPTH: i32 = 256;
const ROWS: i32 = 128;
const COLUMNS: i32 = 512;
/** Bytes of tiles of C at an edge, of a packed block of A, of a packed block of B. */
const TILE_BYTES: usize = 4 * 128 * 8;
const A_BYTES: usize = 4 * 256 * 128;
const B_BYTES: usize = 4 * 256 * 512;

/** Bytes of scratch that `sgemm` needs. */
export function sgemmScratch(): i32 {
  return <i32>(TILE_BYTES + A_BYTES + B_BYTES);
}

/** Writes a row of a tile: over C, or added to it. */
@inline function put(c: usize, low: v128, high: v128, alpha: v128, adds: bool): void {
  if (adds) {
    v128.store(c, madd(low, alpha, v128.load(c)));
    v128.store(c, madd(high, alpha, v128.load(c, 16)), 16);
  } else {
    v128.store(c, f32x4.mul(low, alpha));
    v128.store(c, f32x4.mul(high, alpha), 16);
  }
}

/**
 * Tiles below each other, each from 4 neighbouring values of A and 8 of B a step; steps are `aStep` and `bStep` bytes
 * apart, tiles of A `aTile`.
 */
function tilesOf(a: usize, aTile: usize, aStep: usize, bPanel: usize, bStep: usize, c: usize,
  cRow: usize, tiles: i32, count: i32, alpha: f32, adds: bool): void {
  const scale = f32x4.splat(alpha);
  for (; tiles > 0; tiles--) {
    const zero = f32x4.splat(0);
    let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
    const end = a + <usize>count * aStep;
    let at = a;
    let b = bPanel;
    while (at != end) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(at);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(at, 4);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(at, 8);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(at, 12);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      at += aStep;
      b += bStep;
    }
    put(c, c00, c01, scale, adds);
    put(c + cRow, c10, c11, scale, adds);
    put(c + 2 * cRow, c20, c21, scale, adds);
    put(c + 3 * cRow, c30, c31, scale, adds);
    c += 4 * cRow;
    a += aTile;
  }
}

/** The same from rows of A that lie `aRow` bytes apart: no packing for products with few columns. */
function rowTilesOf(a: usize, aRow: usize, bPanel: usize, bStep: usize, c: usize,
  cRow: usize, tiles: i32, count: i32, alpha: f32, adds: bool): void {
  const scale = f32x4.splat(alpha);
  for (; tiles > 0; tiles--) {
    const zero = f32x4.splat(0);
    let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
    const end = a + ((<usize>count) << 2);
    let at = a, a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
    let b = bPanel;
    while (at != end) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(at);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      at += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      b += bStep;
    }
    put(c, c00, c01, scale, adds);
    put(c + cRow, c10, c11, scale, adds);
    put(c + 2 * cRow, c20, c21, scale, adds);
    put(c + 3 * cRow, c30, c31, scale, adds);
    c += 4 * cRow;
    a += 4 * aRow;
  }
}

/** Adds tiles in scratch to a part of C, or writes them over it; entries of C lie any way apart. */
function copyTiles(from: usize, c: usize, cRow: usize, cColumn: usize, rows: i32, columns: i32, adds: bool): void {
  for (let i = 0; i < rows; i++) {
    let to = c + <usize>i * cRow;
    let source = from + (<usize>i << 5);
    let j = 0;
    if (cColumn == 4 && columns >= 4) {
      const values = v128.load(source);
      v128.store(to, adds ? f32x4.add(v128.load(to), values) : values);
      if (columns == 8) {
        const more = v128.load(source, 16);
        v128.store(to, adds ? f32x4.add(v128.load(to, 16), more) : more, 16);
        continue;
      }
      to += 16;
      source += 16;
      j = 4;
    }
    for (; j < columns; j++) {
      const value = load<f32>(source);
      store<f32>(to, adds ? load<f32>(to) + value : value);
      to += cColumn;
      source += 4;
    }
  }
}

/** C = beta C; with beta 0 without reading it. */
function scale(m: i32, n: i32, beta: f32, c: usize, cRow: usize): void {
  for (let i = 0; i < m; i++) {
    const row = c + <usize>i * cRow;
    for (let j = 0; j < n; j++) {
      const at = row + (<usize>j << 2);
      store<f32>(at, beta == 0 ? 0 : beta * load<f32>(at));
    }
  }
}

/**
 * C = alpha op(A) op(B) + beta C; `lda`, `ldb`, `ldc` in values. `scratch` has `sgemmScratch()` bytes and is aligned
 * to 16.
 */
export function sgemm(transposeA: bool, transposeB: bool, m: i32, n: i32, k: i32, alpha: f32, a: usize, lda: i32,
  b: usize, ldb: i32, beta: f32, c: usize, ldc: i32, scratch: usize): void {
  const aRow = (<usize>lda) << 2, bRow = (<usize>ldb) << 2, cRow = (<usize>ldc) << 2;
  if (beta != 0 && beta != 1 || k == 0 || alpha == 0) scale(m, n, beta, c, cRow);
  if (m == 0 || n == 0 || k == 0 || alpha == 0) return;
  const adds = beta != 0;
  // A tile is wider than high: of a product with few columns, the transpose is computed.
  if (n <= 4 && m > n) product(!transposeB, !transposeA, n, m, k, alpha, b, bRow, a, aRow, adds, c, 4, cRow, scratch);
  else product(transposeA, transposeB, m, n, k, alpha, a, aRow, b, bRow, adds, c, cRow, 4, scratch);
}

function product(transposeA: bool, transposeB: bool, m: i32, n: i32, k: i32, alpha: f32, a: usize, aRow: usize,
  b: usize, bRow: usize, adds: bool, c: usize, cRow: usize, cColumn: usize, scratch: usize): void {
  const aPacked = scratch + TILE_BYTES, bPacked = aPacked + A_BYTES;
  // Packing pays when a panel is read often enough, or when its steps would lie far apart.
  const packsA = n > 24;
  const packsB = transposeB || m > 8 && n * min<i32>(k, DEPTH) > 4096;
  for (let column = 0; column < n; column += COLUMNS) {
    const columns = min<i32>(COLUMNS, n - column);
    for (let step = 0; step < k; step += DEPTH) {
      const count = min<i32>(DEPTH, k - step);
      const bBlock = b + (transposeB ? <usize>column * bRow + (<usize>step << 2) : <usize>step * bRow + (<usize>column << 2));
      packColumns(transposeB, packsB, bBlock, bRow, bPacked, columns, count);
      for (let row = 0; row < m; row += ROWS) {
        const rows = min<i32>(ROWS, m - row);
        const aBlock = a + (transposeA ? <usize>step * aRow + (<usize>row << 2) : <usize>row * aRow + (<usize>step << 2));
        packRows(transposeA, packsA, aBlock, aRow, aPacked, rows, count);
        block(transposeA, packsA, aBlock, aRow, aPacked, packsB, bBlock, bRow, bPacked,
          c + <usize>row * cRow + <usize>column * cColumn, cRow, cColumn, rows, columns, count, alpha,
          adds || step > 0, scratch);
      }
    }
  }
}

/** All tiles of a block; a panel of B stays while those of A pass. Tiles at an edge go through scratch. */
function block(transposeA: bool, packsA: bool, a: usize, aRow: usize, aPacked: usize, packsB: bool, b: usize,
  bRow: usize, bPacked: usize, c: usize, cRow: usize, cColumn: usize, rows: i32, columns: i32, count: i32, alpha: f32,
  adds: bool, scratch: usize): void {
  const tiles = rows >> 2;
  const edge = rows & 3;
  const aTile: usize = packsA ? <usize>count << 4 : 16;
  const aFrom = packsA ? aPacked : a;
  const aStep: usize = packsA ? 16 : aRow;
  const aEdge = aPacked + (<usize>(rows & ~3) * count << 2);
  for (let j = 0; j < columns; j += 8) {
    const width = min<i32>(8, columns - j);
    const packed = packsB || width < 8;
    const panel = packed ? bPacked + <usize>j * count * 4 : b + (<usize>j << 2);
    const bStep: usize = packed ? 32 : bRow;
    const whole = width == 8 && cColumn == 4;
    const at = c + <usize>j * cColumn;
    const to = whole ? at : scratch;
    const row: usize = whole ? cRow : 32;
    if (packsA || transposeA) tilesOf(aFrom, aTile, aStep, panel, bStep, to, row, tiles, count, alpha, adds && whole);
    else rowTilesOf(a, aRow, panel, bStep, to, row, tiles, count, alpha, adds && whole);
    const done = whole ? 4 * tiles : 0;
    const last = scratch + (<usize>(4 * tiles - done) << 5);
    if (edge > 0) tilesOf(aEdge, 0, 16, panel, bStep, last, 32, 1, count, alpha, false);
    if (rows > done) copyTiles(scratch, at + <usize>done * cRow, cRow, cColumn, rows - done, width, adds);
  }
}
