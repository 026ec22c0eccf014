// Max-pooling: the first largest value of a window wins and alone receives the gradient, as in torch. A value that is not
// a number wins only where it comes first (the instruction that lets it win always is several times slower); a model
// that has such values shows them in its weights or its loss soon enough.
import { address, field, shift } from "./_lanes-records";

// Fields of a pooling record.
@inline const X = 1;
@inline const X_ROW = 2;
@inline const X_PIXEL = 3;
@inline const Y = 4;
@inline const Y_ROW = 5;
@inline const DX = 6;
@inline const DX_ROW = 7;
@inline const DX_BYTES = 8;
@inline const DY = 9;
@inline const WINNERS = 10;
@inline const SIZE = 11;
@inline const STRIDE = 12;
@inline const HEIGHT = 13;
@inline const WIDTH = 14;
/** Whether the windows tile the map, so that each value belongs to one of them. */
@inline const TILES = 15;

/** Positions of a window are numbered row by row; the winner's number is kept for the way back. */
export function pool(layer: usize): void {
  const xRow = address(layer, X_ROW);
  const pixel = address(layer, X_PIXEL);
  const size = field(layer, SIZE);
  const stride = <usize>field(layer, STRIDE);
  const height = field(layer, HEIGHT);
  const width = field(layer, WIDTH);
  let winner = address(layer, WINNERS) + shift;
  for (let row = 0; row < height; row++) {
    let corner = address(layer, X) + shift + <usize>row * stride * xRow;
    let y = address(layer, Y) + shift + <usize>row * address(layer, Y_ROW);
    for (let col = 0; col < width; col++) {
      if (size == 2) poolTwo(corner, xRow, pixel, y, winner);
      else poolAny(corner, xRow, pixel, y, winner, size);
      corner += stride * pixel;
      y += pixel;
      winner += pixel;
    }
  }
}

/** A window of any size, over all channels and samples. Numbers ascend, so the larger one is the later winner. */
function poolAny(corner: usize, xRow: usize, pixel: usize, y: usize, winner: usize, size: i32): void {
  const one = i32x4.splat(1);
  for (let e: usize = 0; e < pixel; e += 16) {
    let best = v128.load(corner + e);
    let index = i32x4.splat(0);
    let number = index;
    let line = corner + e;
    for (let i = 0; i < size; i++) {
      let x = line;
      for (let j = 0; j < size; j++) {
        const value = v128.load(x);
        index = i32x4.max_s(index, v128.and(number, f32x4.gt(value, best)));
        best = f32x4.pmax(best, value);
        number = i32x4.add(number, one);
        x += pixel;
      }
      line += xRow;
    }
    v128.store(y + e, best);
    v128.store(winner + e, index);
  }
}

/** The usual window of 2 x 2, without loops. */
function poolTwo(corner: usize, xRow: usize, pixel: usize, y: usize, winner: usize): void {
  const one = i32x4.splat(1);
  const two = i32x4.splat(2);
  const three = i32x4.splat(3);
  const below = corner + xRow;
  for (let e: usize = 0; e < pixel; e += 16) {
    let best = v128.load(corner + e);
    const right = v128.load(corner + pixel + e);
    let index = v128.and(one, f32x4.gt(right, best));
    best = f32x4.pmax(best, right);
    const under = v128.load(below + e);
    index = i32x4.max_s(index, v128.and(two, f32x4.gt(under, best)));
    best = f32x4.pmax(best, under);
    const last = v128.load(below + pixel + e);
    index = i32x4.max_s(index, v128.and(three, f32x4.gt(last, best)));
    best = f32x4.pmax(best, last);
    v128.store(y + e, best);
    v128.store(winner + e, index);
  }
}

/** Gradients to the pooled map: windows may overlap, so they are added to zeros. */
export function poolBack(layer: usize): void {
  const dxRow = address(layer, DX_ROW);
  const pixel = address(layer, X_PIXEL);
  const size = field(layer, SIZE);
  const stride = <usize>field(layer, STRIDE);
  const height = field(layer, HEIGHT);
  const width = field(layer, WIDTH);
  const tiles = field(layer, TILES);
  if (!tiles) memory.fill(address(layer, DX) + shift, 0, address(layer, DX_BYTES));
  let winner = address(layer, WINNERS) + shift;
  let dy = address(layer, DY) + shift;
  for (let row = 0; row < height; row++) {
    let corner = address(layer, DX) + shift + <usize>row * stride * dxRow;
    for (let col = 0; col < width; col++) {
      let number = i32x4.splat(0);
      for (let i = 0; i < size; i++) {
        let x = corner + <usize>i * dxRow;
        for (let j = 0; j < size; j++) {
          if (tiles) share(winner, dy, x, pixel, number);
          else shareMore(winner, dy, x, pixel, number);
          number = i32x4.add(number, i32x4.splat(1));
          x += pixel;
        }
      }
      corner += stride * pixel;
      dy += pixel;
      winner += pixel;
    }
  }
}

/** The gradients of the windows whose winner has the given number; zero for the others. */
@inline function share(winner: usize, dy: usize, x: usize, bytes: usize, number: v128): void {
  for (let e: usize = 0; e < bytes; e += 16) {
    v128.store(x + e, v128.and(v128.load(dy + e), i32x4.eq(v128.load(winner + e), number)));
  }
}

/** The same, added to what other windows gave. */
@inline function shareMore(winner: usize, dy: usize, x: usize, bytes: usize, number: v128): void {
  for (let e: usize = 0; e < bytes; e += 16) {
    const part = v128.and(v128.load(dy + e), i32x4.eq(v128.load(winner + e), number));
    v128.store(x + e, f32x4.add(v128.load(x + e), part));
  }
}
