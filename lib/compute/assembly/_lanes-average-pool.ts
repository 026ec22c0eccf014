// Average pooling over windows of rows x columns; a global average is one window as large as the map.
import { address, field, shift } from "./_lanes-records";

// Fields of an average-pooling record.
@inline const X = 1;
@inline const X_ROW = 2;
@inline const X_PIXEL = 3;
@inline const Y = 4;
@inline const Y_ROW = 5;
@inline const DX = 6;
@inline const DX_ROW = 7;
@inline const DX_BYTES = 8;
@inline const DY = 9;
@inline const ROWS = 10;
@inline const COLS = 11;
@inline const STRIDE = 12;
@inline const HEIGHT = 13;
@inline const WIDTH = 14;
/** Whether the windows tile the map, so that each value belongs to one of them. */
@inline const TILES = 15;

@inline function share(layer: usize): v128 {
  return f32x4.splat(<f32>1 / <f32>(field(layer, ROWS) * field(layer, COLS)));
}

/** Means of all windows, channel by channel. */
export function averagePool(layer: usize): void {
  const xRow = address(layer, X_ROW);
  const pixel = address(layer, X_PIXEL);
  const stride = <usize>field(layer, STRIDE);
  const rows = field(layer, ROWS);
  const cols = field(layer, COLS);
  const scale = share(layer);
  for (let row = 0; row < field(layer, HEIGHT); row++) {
    let corner = address(layer, X) + shift + <usize>row * stride * xRow;
    let y = address(layer, Y) + shift + <usize>row * address(layer, Y_ROW);
    for (let col = 0; col < field(layer, WIDTH); col++) {
      for (let e: usize = 0; e < pixel; e += 16) {
        let sum = f32x4.splat(0);
        let line = corner + e;
        for (let i = 0; i < rows; i++) {
          let x = line;
          for (let j = 0; j < cols; j++) {
            sum = f32x4.add(sum, v128.load(x));
            x += pixel;
          }
          line += xRow;
        }
        v128.store(y + e, f32x4.mul(sum, scale));
      }
      corner += stride * pixel;
      y += pixel;
    }
  }
}

/** Gradients to the pooled map: each window's is shared out evenly. */
export function averagePoolBack(layer: usize): void {
  const dxRow = address(layer, DX_ROW);
  const pixel = address(layer, X_PIXEL);
  const stride = <usize>field(layer, STRIDE);
  const tiles = field(layer, TILES);
  const scale = share(layer);
  if (!tiles) memory.fill(address(layer, DX) + shift, 0, address(layer, DX_BYTES));
  let dy = address(layer, DY) + shift;
  for (let row = 0; row < field(layer, HEIGHT); row++) {
    let corner = address(layer, DX) + shift + <usize>row * stride * dxRow;
    for (let col = 0; col < field(layer, WIDTH); col++) {
      for (let i = 0; i < field(layer, ROWS); i++) {
        let x = corner + <usize>i * dxRow;
        for (let j = 0; j < field(layer, COLS); j++) {
          for (let e: usize = 0; e < pixel; e += 16) {
            const part = f32x4.mul(v128.load(dy + e), scale);
            v128.store(x + e, tiles ? part : f32x4.add(v128.load(x + e), part));
          }
          x += pixel;
        }
      }
      corner += stride * pixel;
      dy += pixel;
    }
  }
}
