// The inner kernels of forward and of gradients to data: sums of products of runs of inputs with runs of packed
// weights, for a block of samples x outputs held in registers. An element is one v128: the same number of four models.
// Inputs are [..][samples], weights [..][outputs of the block], results [outputs][samples]. The block's sizes are
// compile-time constants; eight accumulators and their operands are as many registers as V8 keeps without spilling.
import { madd } from "./_lanes-records";

/**
 * Two samples x four outputs, `items` times: for positions in a row (only x and y move on) or for blocks of outputs at
 * one position (only w and y move on, and fewer outputs are left).
 * @param x first input of the first run; runs are `xRow` bytes apart, items `xStep`
 * @param run elements a run (may be 0); `rows` runs
 * @param w packed weights of the block; runs are `wRow` bytes apart, items `wStep`
 * @param bias one element an output, items `biasStep` bytes apart; y: first result, items `yStep` bytes apart
 * @param valid outputs to store: all four, or fewer; it falls by `validStep` from item to item
 */
export function products2x4(
  items: i32, x: usize, xStep: usize, xRow: usize, rows: i32, run: usize,
  w: usize, wStep: usize, wRow: usize, bias: usize, biasStep: usize, y: usize, yStep: usize,
  valid: i32, validStep: i32,
): void {
  const runBytes = run << 5;
  for (let item = 0; item < items; item++) {
    let a0 = v128.load(bias), a1 = a0;
    let b0 = v128.load(bias, 16), b1 = b0;
    let c0 = v128.load(bias, 32), c1 = c0;
    let d0 = v128.load(bias, 48), d1 = d0;
    let xr = x;
    let wr = w;
    for (let r = 0; r < rows; r++) {
      const end = xr + runBytes;
      let wi = wr;
      for (let xi = xr; xi < end; xi += 32) {
        const x0 = v128.load(xi);
        const x1 = v128.load(xi, 16);
        const w0 = v128.load(wi);
        a0 = madd(x0, w0, a0);
        a1 = madd(x1, w0, a1);
        const w1 = v128.load(wi, 16);
        b0 = madd(x0, w1, b0);
        b1 = madd(x1, w1, b1);
        const w2 = v128.load(wi, 32);
        c0 = madd(x0, w2, c0);
        c1 = madd(x1, w2, c1);
        const w3 = v128.load(wi, 48);
        d0 = madd(x0, w3, d0);
        d1 = madd(x1, w3, d1);
        wi += 64;
      }
      xr += xRow;
      wr += wRow;
    }
    v128.store(y, a0);
    v128.store(y, a1, 16);
    if (valid > 1) {
      v128.store(y, b0, 32);
      v128.store(y, b1, 48);
    }
    if (valid > 2) {
      v128.store(y, c0, 64);
      v128.store(y, c1, 80);
    }
    if (valid > 3) {
      v128.store(y, d0, 96);
      v128.store(y, d1, 112);
    }
    x += xStep;
    w += wStep;
    bias += biasStep;
    y += yStep;
    valid -= validStep;
  }
}

/** Four samples x two outputs; otherwise as products2x4. */
export function products4x2(
  items: i32, x: usize, xStep: usize, xRow: usize, rows: i32, run: usize,
  w: usize, wStep: usize, wRow: usize, bias: usize, biasStep: usize, y: usize, yStep: usize,
  valid: i32, validStep: i32,
): void {
  const runBytes = run << 6;
  for (let item = 0; item < items; item++) {
    let a0 = v128.load(bias), a1 = a0, a2 = a0, a3 = a0;
    let b0 = v128.load(bias, 16), b1 = b0, b2 = b0, b3 = b0;
    let xr = x;
    let wr = w;
    for (let r = 0; r < rows; r++) {
      const end = xr + runBytes;
      let wi = wr;
      for (let xi = xr; xi < end; xi += 64) {
        const w0 = v128.load(wi);
        const w1 = v128.load(wi, 16);
        const x0 = v128.load(xi);
        a0 = madd(x0, w0, a0);
        b0 = madd(x0, w1, b0);
        const x1 = v128.load(xi, 16);
        a1 = madd(x1, w0, a1);
        b1 = madd(x1, w1, b1);
        const x2 = v128.load(xi, 32);
        a2 = madd(x2, w0, a2);
        b2 = madd(x2, w1, b2);
        const x3 = v128.load(xi, 48);
        a3 = madd(x3, w0, a3);
        b3 = madd(x3, w1, b3);
        wi += 32;
      }
      xr += xRow;
      wr += wRow;
    }
    v128.store(y, a0);
    v128.store(y, a1, 16);
    v128.store(y, a2, 32);
    v128.store(y, a3, 48);
    if (valid > 1) {
      v128.store(y, b0, 64);
      v128.store(y, b1, 80);
      v128.store(y, b2, 96);
      v128.store(y, b3, 112);
    }
    x += xStep;
    w += wStep;
    bias += biasStep;
    y += yStep;
    valid -= validStep;
  }
}
