// Convolutions and dense layers (a dense layer is a 1 x 1 convolution of one pixel whose channels are all its inputs):
// walks positions and blocks of outputs and leaves the sums to the inner kernels.
import { products2x4, products4x2 } from "./_lanes-forward";
import { address, field, shift } from "./_lanes-records";
import { biases, weights2x4, weights4x2 } from "./_lanes-weights";

// Fields of a convolution's record; distances in bytes.
@inline const X = 1;
@inline const X_PIXEL = 2;
@inline const X_LINE = 3;
@inline const X_ROW = 4;
@inline const ROWS = 5;
@inline const RUN = 6;
@inline const W = 7;
@inline const W_ROW = 8;
@inline const W_BLOCK = 9;
@inline const OUTPUTS = 10;
@inline const BIAS = 11;
@inline const BIAS_STEP = 12;
@inline const Y = 13;
@inline const Y_ROW = 14;
@inline const HEIGHT = 15;
@inline const WIDTH = 16;
@inline const DY = 17;
@inline const TAPS = 18;
@inline const TAP_PAIRS = 19;
@inline const DX = 20;
@inline const PARITIES = 21;
@inline const STRIDE = 22;
@inline const IN_HEIGHT = 23;
@inline const IN_WIDTH = 24;
@inline const CHANNELS = 25;
@inline const PADDING = 26;
@inline const ZEROS = 27;
// Where kernels' rows are short, patches are copied to follow one another: their source, and its steps.
@inline const PATCHES_OF = 28;
@inline const PATCH_ROW = 29;
@inline const PATCH_ROWS = 30;
@inline const PATCH_BYTES = 31;
@inline const PATCH_PIXEL = 32;
@inline const PATCH_LINE = 33;
/** Whether only one row of positions is copied at a time, since all together would not stay in the cache. */
@inline const PATCH_ROWWISE = 34;

@inline function products(
  samples: i32, items: i32, x: usize, xStep: usize, xRow: usize, rows: i32, run: usize,
  w: usize, wStep: usize, wRow: usize, bias: usize, biasStep: usize,
  y: usize, yStep: usize, valid: i32, validStep: i32,
): void {
  if (samples == 2) {
    products2x4(items, x, xStep, xRow, rows, run, w, wStep, wRow, bias, biasStep, y, yStep, valid, validStep);
  } else {
    products4x2(items, x, xStep, xRow, rows, run, w, wStep, wRow, bias, biasStep, y, yStep, valid, validStep);
  }
}

/** Copies the patches of positions in lines `from` to `to`, row by row of each, so that a kernel meets one run. */
function copyPatches(layer: usize, from: i32, to: i32): void {
  const width = field(layer, WIDTH);
  const row = address(layer, PATCH_ROW);
  const rows = field(layer, PATCH_ROWS);
  const bytes = address(layer, PATCH_BYTES);
  let place = address(layer, X) + shift;
  for (let line = from; line < to; line++) {
    let corner = address(layer, PATCHES_OF) + shift + <usize>line * address(layer, PATCH_LINE);
    for (let pixel = 0; pixel < width; pixel++) {
      let patch = corner;
      for (let r = 0; r < rows; r++) {
        for (let b: usize = 0; b < bytes; b += 16) v128.store(place + b, v128.load(patch + b));
        place += bytes;
        patch += row;
      }
      corner += address(layer, PATCH_PIXEL);
    }
  }
}

/** Values of the layer for the samples in hand. Kernel rows that lie in the padding are left out. */
export function convolve(layer: usize, samples: i32): void {
  const height = field(layer, HEIGHT);
  const width = field(layer, WIDTH);
  const rows = field(layer, ROWS);
  const stride = field(layer, STRIDE);
  const padding = field(layer, PADDING);
  const inHeight = field(layer, IN_HEIGHT);
  const patches = address(layer, PATCHES_OF) != 0;
  const rowwise = field(layer, PATCH_ROWWISE);
  if (patches && !rowwise) copyPatches(layer, 0, height);
  for (let row = 0; row < height; row++) {
    if (rowwise) copyPatches(layer, row, row + 1);
    const top = row * stride - padding;
    const from = patches ? 0 : max(0, -top);
    const count = patches ? 1 : min(rows, inHeight - top) - from;
    // On small maps many columns of the kernel lie in the padding, too.
    if (padding > 0 && width <= 4 && !patches) smallRow(layer, samples, row, from, count);
    else wideRow(layer, samples, row, from, count);
  }
}

/** All positions of a row at once, block by block. */
function wideRow(layer: usize, samples: i32, row: i32, from: i32, count: i32): void {
  const outputs = field(layer, OUTPUTS);
  const block = 8 / samples;
  const element = <usize>samples << 4;
  const xRow = address(layer, X_ROW);
  const wRow = address(layer, W_ROW);
  const x = address(layer, X) + shift + <usize>row * address(layer, X_LINE) + <usize>from * xRow;
  let y = address(layer, Y) + shift + <usize>row * address(layer, Y_ROW);
  let w = address(layer, W) + <usize>from * wRow;
  let bias = address(layer, BIAS);
  for (let o = 0; o < outputs; o += block) {
    products(
      samples, field(layer, WIDTH), x, address(layer, X_PIXEL), xRow, count, address(layer, RUN),
      w, 0, wRow, bias, 0, y, <usize>outputs * element, outputs - o, 0,
    );
    w += address(layer, W_BLOCK);
    bias += address(layer, BIAS_STEP);
    y += <usize>block * element;
  }
}

/** Position by position, all blocks at once, without the columns that lie in the padding. */
function smallRow(layer: usize, samples: i32, row: i32, from: i32, count: i32): void {
  const outputs = field(layer, OUTPUTS);
  const channels = field(layer, CHANNELS);
  const block = 8 / samples;
  const element = <usize>samples << 4;
  const width = field(layer, WIDTH);
  const stride = field(layer, STRIDE);
  const xRow = address(layer, X_ROW);
  const wRow = address(layer, W_ROW);
  const xLine = address(layer, X) + shift + <usize>row * address(layer, X_LINE) + <usize>from * xRow;
  const w = address(layer, W) + <usize>from * wRow;
  let y = address(layer, Y) + shift + <usize>row * address(layer, Y_ROW);
  for (let col = 0; col < width; col++) {
    const left = col * stride - field(layer, PADDING);
    const first = max(0, -left);
    const cols = max(0, min(field(layer, ROWS), field(layer, IN_WIDTH) - left) - first);
    const skipped = <usize>(first * channels);
    products(
      samples, (outputs + block - 1) / block, xLine + <usize>col * address(layer, X_PIXEL) + skipped * element, 0, xRow,
      count, <usize>(cols * channels), w + skipped * <usize>block * 16, address(layer, W_BLOCK), wRow,
      address(layer, BIAS), address(layer, BIAS_STEP), y, <usize>block * element, outputs, block,
    );
    y += <usize>outputs * element;
  }
}

/** Gradients to weights and biases; see FIRST and LAST for the phase. */
export function convolveBackWeights(layer: usize, samples: i32, phase: i32): void {
  const outputs = field(layer, OUTPUTS);
  const taps = field(layer, TAPS);
  const block = 8 / samples;
  const element = <usize>samples << 4;
  const pixels = field(layer, WIDTH);
  const lines = field(layer, HEIGHT);
  const dyPixel = <usize>outputs * element;
  const dyLine = <usize>pixels * dyPixel;
  const pairs = address(layer, TAP_PAIRS);
  // Patches of one row are gone by now: the taps walk through the input itself.
  const rowwise = field(layer, PATCH_ROWWISE);
  const x = address(layer, rowwise ? PATCHES_OF : X) + shift;
  const xPixel = address(layer, rowwise ? PATCH_PIXEL : X_PIXEL);
  const xLine = address(layer, rowwise ? PATCH_LINE : X_LINE);
  let wBlock = address(layer, W);
  for (let o = 0; o < outputs; o += block) {
    const dy = address(layer, DY) + shift + <usize>o * element;
    if (samples == 4) {
      weights4x2(x, dy, wBlock, taps, outputs - o, phase);
    } else {
      weights2x4(x, pairs, taps, xPixel, xLine, dy, dyPixel, dyLine, wBlock, outputs - o, phase);
    }
    wBlock += address(layer, W_BLOCK);
  }
  if (field(layer, BIAS_STEP)) {
    biases(address(layer, DY) + shift, dyPixel, lines * pixels, element, address(layer, BIAS), outputs, phase);
  }
}

/**
 * Gradients to the layer's inputs, gathered: the outputs that a pixel reaches form runs whose length and first tap
 * depend on the pixel's row and column modulo the stride. The transposed weights are packed accordingly.
 */
export function convolveBackData(layer: usize, samples: i32): void {
  const outputs = <usize>field(layer, OUTPUTS);
  const block = 8 / samples;
  const element = <usize>samples << 4;
  const stride = field(layer, STRIDE);
  const height = field(layer, HEIGHT);
  const width = field(layer, WIDTH);
  const inHeight = field(layer, IN_HEIGHT);
  const inWidth = field(layer, IN_WIDTH);
  const channels = field(layer, CHANNELS);
  const blocks = (channels + block - 1) / block;
  const padding = field(layer, PADDING);
  const zeros = address(layer, ZEROS);
  const dyRow = <usize>width * outputs * element;
  // Bytes of the transposed weights between neighbouring outputs' positions.
  const tap = outputs * <usize>block * 16;
  let dx = address(layer, DX) + shift;
  for (let y = padding; y < inHeight + padding; y++) {
    const yQuotient = y / stride;
    for (let x = padding; x < inWidth + padding; x++) {
      const xQuotient = x / stride;
      const parity = address(layer, PARITIES) + <usize>((y % stride) * stride + (x % stride)) * 12;
      const tall = field(parity, 1);
      const wide = field(parity, 2);
      const top = yQuotient - tall + 1;
      const left = xQuotient - wide + 1;
      const fromRow = max(top, 0);
      const fromCol = max(left, 0);
      const cols = min(xQuotient, width - 1) - fromCol + 1;
      const rows = cols > 0 ? min(yQuotient, height - 1) - fromRow + 1 : 0;
      const dy = address(layer, DY) + shift + <usize>fromRow * dyRow + <usize>fromCol * outputs * element;
      const wRow = <usize>wide * tap;
      const w = address(parity, 0) + <usize>(fromRow - top) * wRow + <usize>(fromCol - left) * tap;
      const run = <usize>max(cols, 0) * outputs;
      products(
        samples, blocks, dy, 0, dyRow, rows, run, w, <usize>tall * wRow, wRow,
        zeros, 0, dx, <usize>block * element, channels, block,
      );
      dx += <usize>channels * element;
    }
  }
}
