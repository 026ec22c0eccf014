// Convolutions and dense layers (a dense layer is a 1 x 1 convolution of one pixel whose channels are all its inputs):
// walks positions and blocks of outputs and leaves the sums to the inner kernels.
import { products2x4, products4x2 } from "./_lanes-forward";
import { address, field } from "./_lanes-records";
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
@inline const TAP_OFFSETS = 19;
@inline const DX = 20;
@inline const PARITIES = 21;
@inline const STRIDE = 22;
@inline const IN_HEIGHT = 23;
@inline const IN_WIDTH = 24;
@inline const CHANNELS = 25;
@inline const PADDING = 26;
@inline const ZEROS = 27;

// @ts-ignore: decorator
@inline function products(
  samples: i32, items: i32, x: usize, xStep: usize, xRow: usize, rows: i32, run: usize,
  w: usize, wStep: usize, wRow: usize, bias: usize, y: usize, yStep: usize, valid: i32, validStep: i32,
): void {
  if (samples == 2) {
    products2x4(items, x, xStep, xRow, rows, run, w, wStep, wRow, bias, y, yStep, valid, validStep);
  } else {
    products4x2(items, x, xStep, xRow, rows, run, w, wStep, wRow, bias, y, yStep, valid, validStep);
  }
}

/** Values of the layer for the samples in hand. */
export function convolve(layer: usize, samples: i32): void {
  const outputs = field(layer, OUTPUTS);
  const block = 8 / samples;
  const element = <usize>samples << 4;
  const xPixel = address(layer, X_PIXEL);
  const xRow = address(layer, X_ROW);
  const rows = field(layer, ROWS);
  const run = address(layer, RUN);
  const wRow = address(layer, W_ROW);
  const wBlock = address(layer, W_BLOCK);
  const height = field(layer, HEIGHT);
  const width = field(layer, WIDTH);
  const yPixel = <usize>outputs * element;
  let w = address(layer, W);
  let bias = address(layer, BIAS);
  for (let o = 0; o < outputs; o += block) {
    let x = address(layer, X);
    let y = address(layer, Y) + <usize>o * element;
    for (let row = 0; row < height; row++) {
      products(samples, width, x, xPixel, xRow, rows, run, w, 0, wRow, bias, y, yPixel, outputs - o, 0);
      x += address(layer, X_LINE);
      y += address(layer, Y_ROW);
    }
    w += wBlock;
    bias += address(layer, BIAS_STEP);
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
  const x = address(layer, X);
  const offsets = address(layer, TAP_OFFSETS);
  const xPixel = address(layer, X_PIXEL);
  const xLine = address(layer, X_LINE);
  let wBlock = address(layer, W);
  for (let o = 0; o < outputs; o += block) {
    const dy = address(layer, DY) + <usize>o * element;
    if (samples == 4) {
      weights4x2(x, dy, wBlock, taps, outputs - o, phase);
    } else {
      weights2x4(x, offsets, taps, xPixel, xLine, lines, pixels, dy, dyPixel, wBlock, outputs - o, phase);
    }
    wBlock += address(layer, W_BLOCK);
  }
  if (field(layer, BIAS_STEP)) {
    biases(address(layer, DY), dyPixel, lines * pixels, element, address(layer, BIAS), outputs, phase);
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
  let dx = address(layer, DX);
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
      const dy = address(layer, DY) + <usize>fromRow * dyRow + <usize>fromCol * outputs * element;
      const wRow = <usize>wide * tap;
      const w = address(parity, 0) + <usize>(fromRow - top) * wRow + <usize>(fromCol - left) * tap;
      const run = <usize>max(cols, 0) * outputs;
      products(
        samples, blocks, dy, 0, dyRow, rows, run, w, <usize>tall * wRow, wRow,
        zeros, dx, <usize>block * element, channels, block,
      );
      dx += <usize>channels * element;
    }
  }
}
