import type { TensorInfo } from "../kernels/types.js";
import type { BlockAddresses, BlockMask, BlockSetting, BlockTrace } from "./block-setting.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { multiplyKernel } from "./linear-raw.js";
import { dropInPlace } from "./op-dropout.js";
import { attentionForward } from "./raw-attention.js";

/**
 * x + attention(norm(x)), then that plus its hidden layer, of x [rows, width].
 * @param x address of the input
 * @param parameters addresses of the parameters
 */
export function blockForward(
  x: number,
  parameters: BlockAddresses,
  setting: BlockSetting,
): BlockTrace<TensorInfo> {
  const { batch, tokens, width, hidden, heads } = setting;
  const rows = batch * tokens;
  const heap = wasmHeap();
  const trace: BlockTrace<TensorInfo> = {
    output: heap.output([rows, width]),
    qkv: heap.output([rows, 3 * width]),
    probabilities: heap.output([batch, heads, tokens, tokens]),
    attended: heap.output([rows, width]),
    middle: heap.output([rows, width]),
    hidden: heap.output([rows, hidden]),
    slope: heap.output([rows, hidden]),
    moments: heap.output([4, rows]),
  };
  attentionPart(x, parameters, trace, setting);
  hiddenPart(parameters, trace, setting);
  return trace;
}

/** middle = x + mask(attention(norm(x))). */
function attentionPart(
  x: number,
  p: BlockAddresses,
  trace: BlockTrace<TensorInfo>,
  setting: BlockSetting,
): void {
  const { batch, tokens, width, epsilon, masks } = setting;
  const rows = batch * tokens;
  const heap = wasmHeap();
  const kernels = tensorKernels();
  // The output's place serves as room for the norm until it is written.
  const [normed, qkv] = [heap.addressOf(trace.output), heap.addressOf(trace.qkv)];
  const [attended, moments] = [heap.addressOf(trace.attended), heap.addressOf(trace.moments)];
  kernels.layerNormForward(x, p.gamma1, p.beta1, normed, moments, moments + 4 * rows, rows, width, epsilon);
  kernels.addRows(0, p.qkvBias, qkv, rows, 3 * width);
  multiplyKernel(normed, p.qkvKernel, qkv, { rows, inputs: width, outputs: 3 * width }, 1);
  attentionForward(qkv, attended, heap.addressOf(trace.probabilities), true, setting);
  const middle = heap.addressOf(trace.middle);
  branch(x, { rows, inputs: width, outputs: width }, attended, p.outKernel, p.outBias, middle, masks?.[0]);
}

/** output = middle + mask(second(mask(gelu(first(norm(middle)))))). */
function hiddenPart(p: BlockAddresses, trace: BlockTrace<TensorInfo>, setting: BlockSetting): void {
  const { batch, tokens, width, hidden: size, epsilon, masks } = setting;
  const rows = batch * tokens;
  const heap = wasmHeap();
  const kernels = tensorKernels();
  const [normed, middle] = [heap.addressOf(trace.output), heap.addressOf(trace.middle)];
  const [hidden, slope] = [heap.addressOf(trace.hidden), heap.addressOf(trace.slope)];
  const means = heap.addressOf(trace.moments) + 8 * rows;
  kernels.layerNormForward(middle, p.gamma2, p.beta2, normed, means, means + 4 * rows, rows, width, epsilon);
  kernels.addRows(0, p.firstBias, hidden, rows, size);
  multiplyKernel(normed, p.firstKernel, hidden, { rows, inputs: width, outputs: size }, 1);
  kernels.geluForward(hidden, hidden, slope, rows * size);
  if (masks) {
    // What is dropped has no gradient either.
    dropInPlace(hidden, rows * size, masks[1]);
    dropInPlace(slope, rows * size, masks[1]);
  }
  const output = heap.addressOf(trace.output);
  branch(
    middle,
    { rows, inputs: size, outputs: width },
    hidden,
    p.secondKernel,
    p.secondBias,
    output,
    masks?.[2],
  );
}

/** target = around + mask(source K^T + bias). */
function branch(
  around: number,
  shape: { readonly rows: number; readonly inputs: number; readonly outputs: number },
  source: number,
  kernel: number,
  bias: number,
  target: number,
  mask: BlockMask | undefined,
): void {
  const { rows, outputs } = shape;
  const kernels = tensorKernels();
  kernels.addRows(mask ? 0 : around, bias, target, rows, outputs);
  multiplyKernel(source, kernel, target, shape, 1);
  if (!mask) return;
  dropInPlace(target, rows * outputs, mask);
  kernels.addTo(around, target, rows * outputs);
}
