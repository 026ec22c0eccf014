// A vector added to every row of a matrix, and its gradient: the sums of the columns.
import { loadPart, storePart } from "./_tensors-edges";

/** y = x + bias, row by row; y may be x. An address x of 0 stands for zeros: every row of y becomes the bias. */
export function addRows(x: usize, bias: usize, y: usize, rows: i32, width: i32): void {
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  for (let row = 0; row < rows; row++) {
    const from = <usize>row * (<usize>width << 2);
    if (x == 0) copyRow(bias, y + from, body, rest);
    else addRow(x + from, bias, y + from, body, rest);
  }
}

@inline function addRow(x: usize, bias: usize, y: usize, body: usize, rest: i32): void {
  for (let i: usize = 0; i < body; i += 16) {
    v128.store(y + i, f32x4.add(v128.load(x + i), v128.load(bias + i)));
  }
  if (rest) storePart(y + body, f32x4.add(loadPart(x + body, rest, 0), loadPart(bias + body, rest, 0)), rest);
}

/** Rows are often short: a copy by vectors has no call to pay for. */
@inline function copyRow(x: usize, y: usize, body: usize, rest: i32): void {
  for (let i: usize = 0; i < body; i += 16) v128.store(y + i, v128.load(x + i));
  if (rest) storePart(y + body, loadPart(x + body, rest, 0), rest);
}

/** sums += the sums of the matrix's columns. */
export function sumRows(x: usize, sums: usize, rows: i32, width: i32): void {
  const line = <usize>width << 2;
  const body = <usize>(width & ~3) << 2;
  const rest = width & 3;
  let row = 0;
  // Eight rows at once: the sums are loaded and stored once for them, and the partial sums stay short.
  for (; row + 8 <= rows; row += 8) {
    const at = x + <usize>row * line;
    for (let i: usize = 0; i < body; i += 16) v128.store(sums + i, f32x4.add(v128.load(sums + i), eight(at + i, line)));
    if (rest) {
      for (let i = body; i < line; i += 4) {
        let sum: f32 = 0;
        for (let k: usize = 0; k < 8; k++) sum += load<f32>(at + i + k * line);
        store<f32>(sums + i, load<f32>(sums + i) + sum);
      }
    }
  }
  for (; row < rows; row++) addRow(x + <usize>row * line, sums, sums, body, rest);
}

@inline function eight(at: usize, line: usize): v128 {
  const four = at + 4 * line;
  const low = f32x4.add(
    f32x4.add(v128.load(at), v128.load(at + line)),
    f32x4.add(v128.load(at + 2 * line), v128.load(at + 3 * line)),
  );
  const high = f32x4.add(
    f32x4.add(v128.load(four), v128.load(four + line)),
    f32x4.add(v128.load(four + 2 * line), v128.load(four + 3 * line)),
  );
  return f32x4.add(low, high);
}

/** y += x, value by value. */
export function addTo(x: usize, y: usize, count: i32): void {
  addRow(x, y, y, <usize>(count & ~3) << 2, count & 3);
}
