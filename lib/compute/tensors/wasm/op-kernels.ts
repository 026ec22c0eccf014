/**
 * Exports of assembly/tensors.ts for the functional ops. Addresses are bytes of the wasm backend's memory, sizes are
 * values; matrices are row-major and dense. Nothing is allocated. What may lie in one place is said; nothing else may.
 */
export interface OpKernels {
  /** Takes 512 bytes for constants; `tensorKernels` calls it before anything else. */
  initialise(room: number): void;

  /** y = x Phi(x); `derivative` receives dy / dx unless it is 0. y may be x. */
  geluForward(x: number, y: number, derivative: number, count: number): void;
  /** c = a b, value by value; c may be a or b. GELU's backward is this, with the kept derivative. */
  multiply(a: number, b: number, c: number, count: number): void;
  /** y = max(x, 0); y may be x. */
  reluForward(x: number, y: number, count: number): void;
  /** dx = dy where y > 0, NaN where y is, else 0; y is ReLU's input or output, dx may be dy. */
  reluBackward(dy: number, y: number, dx: number, count: number): void;

  /** y = x + bias, row by row; y may be x. With address x = 0, every row of y becomes the bias. */
  addRows(x: number, bias: number, y: number, rows: number, width: number): void;
  /** sums [width] += the sums of the columns of x [rows, width]. */
  sumRows(x: number, sums: number, rows: number, width: number): void;
  /** y += x, value by value. */
  addTo(x: number, y: number, count: number): void;

  /**
   * y = (x - mean) / sqrt(variance + epsilon) gamma + beta, row by row; `mean` and `inverse` [rows] receive the means
   * and 1 / sqrt(variance + epsilon). y may be x if there is no backward pass.
   */
  layerNormForward(
    x: number,
    gamma: number,
    beta: number,
    y: number,
    mean: number,
    inverse: number,
    rows: number,
    width: number,
    epsilon: number,
  ): void;
  /**
   * dgamma and dbeta [width] are added to. With `accumulate` 1 dx is added to as well; with 0, dx may be dy.
   */
  layerNormBackward(
    dy: number,
    x: number,
    gamma: number,
    mean: number,
    inverse: number,
    dx: number,
    dgamma: number,
    dbeta: number,
    rows: number,
    width: number,
    accumulate: 0 | 1,
  ): void;

  /** y = softmax(scale x), row by row, for scale > 0; y may be x. */
  softmaxForward(x: number, y: number, rows: number, width: number, scale: number): void;
  /** dx = scale y (dy - sum(y dy)), row by row; dx may be dy. */
  softmaxBackward(dy: number, y: number, dx: number, rows: number, width: number, scale: number): void;

  /**
   * out [batch, tokens, width] = softmax(scale q k^T) v, head by head, of qkv [batch, tokens, 3 width]. With `keep` 1
   * `probabilities` receives [batch, heads, tokens, tokens]; with 0 it is room for [tokens, tokens].
   */
  attentionForward(
    qkv: number,
    out: number,
    probabilities: number,
    keep: 0 | 1,
    batch: number,
    tokens: number,
    heads: number,
    width: number,
    scale: number,
  ): void;
  /** dqkv, from dout, qkv and the kept probabilities; `room` holds [tokens, tokens] values for the while. */
  attentionBackward(
    dout: number,
    qkv: number,
    probabilities: number,
    dqkv: number,
    room: number,
    batch: number,
    tokens: number,
    heads: number,
    width: number,
    scale: number,
  ): void;

  /** y = x scale where hash(keys, place) >= threshold, else 0; keys and threshold are 32-bit integers. y may be x. */
  dropout(
    x: number,
    y: number,
    count: number,
    firstKey: number,
    secondKey: number,
    threshold: number,
    scale: number,
  ): void;

  /** y = x / max(|x|, 1e-12), row by row; `inverse` [rows] receives 1 / max(|x|, 1e-12). */
  unitRows(x: number, y: number, inverse: number, rows: number, width: number): void;
  /** dx = inverse (dy - y (y . dy)), row by row; dx may be dy. */
  unitRowsBackward(dy: number, y: number, inverse: number, dx: number, rows: number, width: number): void;
  /**
   * Similarities s [2 pairs, 2 pairs] become scale (softmax over the others - 1 at the partner), in place; a row's loss
   * is ln(1 + sums e^gaps), [2 pairs] each.
   */
  contrast(s: number, sums: number, gaps: number, pairs: number, scale: number): void;
}
