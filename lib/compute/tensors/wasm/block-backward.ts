import type { BlockAddresses, BlockSetting, BlockTrace } from "./block-setting.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { inputGradient, kernelGradient } from "./linear-raw.js";
import { dropInPlace } from "./op-dropout.js";
import { attentionBackward } from "./raw-attention.js";

/** Addresses of what the backward pass works on. */
export interface BlockGradients {
  /** Gradient of the output, [rows, width]. */
  readonly dy: number;
  readonly x: number;
  readonly parameters: BlockAddresses;
  readonly trace: BlockTrace<number>;
  /** Receives the gradient of x, [rows, width]. */
  readonly dx: number;
  /** Receive the parameters' gradients. */
  readonly gradients: BlockAddresses;
}

/** Gradients of `blockForward`. */
export function blockBackward(work: BlockGradients, setting: BlockSetting): void {
  const rows = setting.batch * setting.tokens;
  const kernels = tensorKernels();
  const { width: d, hidden, tokens } = setting;
  const { gradients } = work;
  // These are summed up, and so begin at zero.
  const sums = {
    gamma1: d,
    beta1: d,
    qkvBias: 3 * d,
    outBias: d,
    gamma2: d,
    beta2: d,
    firstBias: hidden,
    secondBias: d,
  };
  for (const [name, count] of Object.entries(sums)) {
    kernels.fill(gradients[name as keyof typeof sums], count, 0);
  }
  withRoom(rows * d, (room) => {
    withRoom(rows * hidden, (wide) => throughHidden(work, setting, room, wide));
    withRoom(rows * 3 * d, (wide) =>
      withRoom(tokens * tokens, (scores) => throughAttention(work, setting, room, wide, scores)),
    );
  });
}

/** Room (address) for so many values while some work is done. */
function withRoom(count: number, work: (address: number) => void): void {
  const heap = wasmHeap();
  const address = heap.allocate(4 * count);
  try {
    work(address);
  } finally {
    heap.free(address);
  }
}

/** From the output's gradient to that of `middle`, which lies in dx afterwards. */
function throughHidden(work: BlockGradients, setting: BlockSetting, room: number, wide: number): void {
  const { dy, parameters: p, gradients: g, trace, dx } = work;
  const { batch, tokens, width: d, hidden, masks } = setting;
  const rows = batch * tokens;
  const kernels = tensorKernels();
  const second = { rows, inputs: hidden, outputs: d };
  const first = { rows, inputs: d, outputs: hidden };
  let up = dy;
  if (masks) {
    kernels.copy(dy, dx, rows * d);
    dropInPlace(dx, rows * d, masks[2]);
    up = dx;
  }
  kernels.sumRows(up, g.secondBias, rows, d);
  kernelGradient(up, trace.hidden, g.secondKernel, second);
  inputGradient(up, p.secondKernel, wide, second);
  kernels.multiply(wide, trace.slope, wide, rows * hidden);
  normAgain(trace.middle, p.gamma2, p.beta2, room, trace.moments + 8 * rows, setting);
  kernels.sumRows(wide, g.firstBias, rows, hidden);
  kernelGradient(wide, room, g.firstKernel, first);
  inputGradient(wide, p.firstKernel, room, first);
  kernels.copy(dy, dx, rows * d);
  normBackward(work, "2", trace.middle, room, trace.moments + 8 * rows, rows, d);
}

/** From the gradient of `middle`, in dx, to that of the input. */
function throughAttention(
  work: BlockGradients,
  setting: BlockSetting,
  room: number,
  wide: number,
  scores: number,
): void {
  const { x, parameters: p, gradients: g, trace, dx } = work;
  const { batch, tokens, width: d, masks } = setting;
  const rows = batch * tokens;
  const kernels = tensorKernels();
  const out = { rows, inputs: d, outputs: d };
  const qkv = { rows, inputs: d, outputs: 3 * d };
  let up = dx;
  if (masks) {
    // The first part of the wide room is free until attention's gradient is written.
    kernels.copy(dx, wide, rows * d);
    dropInPlace(wide, rows * d, masks[0]);
    up = wide;
  }
  kernels.sumRows(up, g.outBias, rows, d);
  kernelGradient(up, trace.attended, g.outKernel, out);
  inputGradient(up, p.outKernel, room, out);
  attentionBackward(room, trace.qkv, trace.probabilities, wide, scores, setting);
  normAgain(x, p.gamma1, p.beta1, room, trace.moments, setting);
  kernels.sumRows(wide, g.qkvBias, rows, 3 * d);
  kernelGradient(wide, room, g.qkvKernel, qkv);
  inputGradient(wide, p.qkvKernel, room, qkv);
  normBackward(work, "1", x, room, trace.moments, rows, d);
}

/** The norm's output once more; its moments are written again, the same. */
function normAgain(
  x: number,
  gamma: number,
  beta: number,
  target: number,
  moments: number,
  { batch, tokens, width, epsilon }: BlockSetting,
): void {
  const rows = batch * tokens;
  tensorKernels().layerNormForward(x, gamma, beta, target, moments, moments + 4 * rows, rows, width, epsilon);
}

/** Adds the gradient through one of the norms to dx. */
function normBackward(
  { parameters, gradients, dx }: BlockGradients,
  which: "1" | "2",
  x: number,
  dy: number,
  moments: number,
  rows: number,
  d: number,
): void {
  tensorKernels().layerNormBackward(
    dy,
    x,
    parameters[`gamma${which}`],
    moments,
    moments + 4 * rows,
    dx,
    gradients[`gamma${which}`],
    gradients[`beta${which}`],
    rows,
    d,
    1,
  );
}
