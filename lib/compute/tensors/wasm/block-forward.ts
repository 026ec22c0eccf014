import { attentionForward } from "./attention-raw.js";
import type { BlockAddresses, BlockSetting, BlockTrace, MaskInPlace } from "./block-setting.js";
import { type TensorInfo, wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";
import { multiplyKernel } from "./linear-raw.js";

/**
 * x + attention(norm(x)), then that plus its hidden layer, of x [rows, d].
 * @param x address of the input
 * @param parameters addresses of the parameters
 */
export function blockForward(
  x: number,
  parameters: BlockAddresses,
  setting: BlockSetting,
): BlockTrace<TensorInfo> {
  const { batch, tokens, d, hidden: f, heads, epsilon, masks } = setting;
  const rows = batch * tokens;
  const heap = wasmHeap();
  const kernels = tensorKernels();
  const trace: BlockTrace<TensorInfo> = {
    output: heap.output([rows, d]),
    qkv: heap.output([rows, 3 * d]),
    probabilities: heap.output([batch, heads, tokens, tokens]),
    attended: heap.output([rows, d]),
    middle: heap.output([rows, d]),
    hidden: heap.output([rows, f]),
    slope: heap.output([rows, f]),
    moments: heap.output([4, rows]),
  };
  const at = (info: TensorInfo) => heap.addressOf(info);
  const [qkv, attended, middle, hidden, slope] = [
    trace.qkv,
    trace.attended,
    trace.middle,
    trace.hidden,
    trace.slope,
  ].map(at);
  // The output's place serves as room for both norms until it is written.
  const output = at(trace.output);
  const moments = at(trace.moments);
  const p = parameters;

  kernels.layerNormForward(x, p.gamma1, p.beta1, output, moments, moments + 4 * rows, rows, d, epsilon);
  kernels.addRows(0, p.qkvBias, qkv, rows, 3 * d);
  multiplyKernel(output, p.qkvKernel, qkv, { rows, inputs: d, outputs: 3 * d }, 1);
  attentionForward(qkv, attended, at(trace.probabilities), 1, setting);
  branch(x, attended, p.outKernel, p.outBias, middle, d, masks?.[0]);

  kernels.layerNormForward(
    middle,
    p.gamma2,
    p.beta2,
    output,
    moments + 8 * rows,
    moments + 12 * rows,
    rows,
    d,
    epsilon,
  );
  kernels.addRows(0, p.firstBias, hidden, rows, f);
  multiplyKernel(output, p.firstKernel, hidden, { rows, inputs: d, outputs: f }, 1);
  kernels.geluForward(hidden, hidden, slope, rows * f);
  if (masks) {
    masks[1](hidden, hidden, rows * f);
    masks[1](slope, slope, rows * f);
  }
  branch(middle, hidden, p.secondKernel, p.secondBias, output, f, masks?.[2]);
  return trace;

  /** target = around + mask(source K^T + bias). */
  function branch(
    around: number,
    source: number,
    kernel: number,
    bias: number,
    target: number,
    inputs: number,
    mask: MaskInPlace | undefined,
  ): void {
    kernels.addRows(mask ? 0 : around, bias, target, rows, d);
    multiplyKernel(source, kernel, target, { rows, inputs, outputs: d }, 1);
    if (!mask) return;
    mask(target, target, rows * d);
    kernels.addTo(around, target, rows * d);
  }
}
