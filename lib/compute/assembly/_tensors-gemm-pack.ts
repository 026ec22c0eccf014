// Operands of matrix products, packed into panels: 4 rows of A or 8 columns of B, one step of the inner dimension after
// the other.

/** Copies `lines` neighbouring values a step into a panel of `width` lines. */
@inline function packNeighbours(from: usize, step: usize, to: usize, width: i32, lines: i32, count: i32): void {
  const panel = (<usize>width) << 2;
  const end = to + <usize>count * panel;
  const whole = lines & ~3;
  while (to != end) {
    if (whole >= 4) v128.store(to, v128.load(from));
    if (whole == 8) v128.store(to, v128.load(from, 16), 16);
    for (let l = whole; l < lines; l++) store<f32>(to + (<usize>l << 2), load<f32>(from + (<usize>l << 2)));
    from += step;
    to += panel;
  }
}

/** Four steps of four lines: transposed into a panel whose steps are `panel` bytes apart. */
@inline function transpose4(r0: v128, r1: v128, r2: v128, r3: v128, to: usize, panel: usize): void {
  const x0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), x1 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const x2 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), x3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(x0, x2, 0, 2));
  v128.store(to + panel, i64x2.shuffle(x0, x2, 1, 3));
  v128.store(to + 2 * panel, i64x2.shuffle(x1, x3, 0, 2));
  v128.store(to + 3 * panel, i64x2.shuffle(x1, x3, 1, 3));
}

/** Transposes `lines` rows, 1 to 4 and `row` bytes apart, of `count` steps; the last one stands for those missing. */
@inline function packFour(from: usize, row: usize, to: usize, panel: usize, lines: i32, count: i32): void {
  let r1 = from + (lines > 1 ? row : 0);
  let r2 = r1 + (lines > 2 ? row : 0);
  let r3 = r2 + (lines > 3 ? row : 0);
  let step = 0;
  for (; step + 4 <= count; step += 4) {
    transpose4(v128.load(from), v128.load(r1), v128.load(r2), v128.load(r3), to, panel);
    from += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
    to += 4 * panel;
  }
  for (; step < count; step++) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(r1), 4);
    store<f32>(to, load<f32>(r2), 8);
    store<f32>(to, load<f32>(r3), 12);
    from += 4;
    r1 += 4;
    r2 += 4;
    r3 += 4;
    to += panel;
  }
}

/** Transposes `lines` rows of `count` steps into a panel of `width` lines. */
@inline function packLines(from: usize, row: usize, to: usize, width: i32, lines: i32, count: i32): void {
  const panel = (<usize>width) << 2;
  packFour(from, row, to, panel, min<i32>(4, lines), count);
  if (lines > 4) packFour(from + 4 * row, row, to + 16, panel, lines - 4, count);
}

function packA(neighbours: bool, from: usize, stride: usize, to: usize, lines: i32, count: i32): void {
  if (neighbours) packNeighbours(from, stride, to, 4, lines, count);
  else packLines(from, stride, to, 4, lines, count);
}

function packB(neighbours: bool, from: usize, stride: usize, to: usize, lines: i32, count: i32): void {
  if (neighbours) packNeighbours(from, stride, to, 8, lines, count);
  else packLines(from, stride, to, 8, lines, count);
}

/** Packs a block of B: all of it, or the edge only. */
export function packColumns(transposed: bool, all: bool, from: usize, row: usize, to: usize, columns: i32, count: i32): void {
  const step: usize = transposed ? row : 4;
  for (let j = all ? 0 : columns & ~7; j < columns; j += 8) {
    packB(!transposed, from + <usize>j * step, row, to + <usize>j * count * 4, min<i32>(8, columns - j), count);
  }
}

/** Packs a block of A: all of it, or the edge only. */
export function packRows(transposed: bool, all: bool, from: usize, row: usize, to: usize, rows: i32, count: i32): void {
  const step: usize = transposed ? 4 : row;
  for (let i = all ? 0 : rows & ~3; i < rows; i += 4) {
    packA(transposed, from + <usize>i * step, row, to + <usize>i * count * 4, min<i32>(4, rows - i), count);
  }
}
