import type { KernelCall, OwnKernel, TensorInfo } from "../../kernels/types.js";
import { wasmGemm } from "../gemm.js";
import { wasmHeap } from "../heap.js";
import { tensorKernels } from "../kernels.js";
import { type ConvolutionAttributes, inGroups, planOf } from "./convolution-plan.js";
import { canFuse, finish } from "./fused.js";

/** Whether kernel pixels lie apart, which is left to tfjs. */
function isDilated({ attrs }: KernelCall): boolean {
  const { dilations = 1 } = attrs as { dilations?: number | number[] };
  return [dilations].flat().some((dilation) => dilation !== 1);
}

/** Patches of x times the filter. tfjs's own is wrong for padding "same" where a stride is longer than the kernel. */
export const conv2D: OwnKernel = {
  name: "Conv2D",
  make: (stock) => (call) => {
    if (isDilated(call) || !canFuse(call)) return stock(call);
    return convolve(call);
  },
};

/** The same with a bias and an activation. */
export const fusedConv2D: OwnKernel = {
  name: "FusedConv2D",
  make: (stock) => (call) => {
    const { dataFormat } = call.attrs as ConvolutionAttributes;
    if (isDilated(call) || dataFormat === "NCHW" || !canFuse(call)) return stock(call);
    const { bias, filter } = call.inputs as { bias?: TensorInfo; filter: TensorInfo };
    const simple = bias?.shape.length === 1 && bias.shape[0] === filter.shape[3];
    return finish(call, convolve(call, simple ? bias : undefined), simple ? undefined : bias);
  },
};

function convolve({ inputs, attrs }: KernelCall, bias?: TensorInfo): TensorInfo {
  const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
  const plan = planOf(x.shape, filter.shape, attrs as ConvolutionAttributes);
  const { last, direct, imageSize, patchSize, patches, filters, window } = plan;
  const heap = wasmHeap();
  const out = heap.output(plan.outShape);
  const [xAt, filterAt, target] = [heap.addressOf(x), heap.addressOf(filter), heap.addressOf(out)];
  const [gemm, kernels] = [wasmGemm(), tensorKernels()];
  const beta = bias ? 1 : 0;
  if (bias) kernels.addRows(0, heap.addressOf(bias), target, plan.images * patches, filters);
  inGroups(heap, plan, (first, count, room) => {
    const image = xAt + 4 * first * imageSize;
    const lay = last ? kernels.patchesOf : kernels.planePatchesOf;
    for (let i = 0; i < count && !direct; i++) {
      lay(image + 4 * i * imageSize, room + 4 * i * patches * patchSize, ...window);
    }
    const rows = direct ? image : room;
    const values = target + 4 * first * patches * filters;
    const all = count * patches;
    if (last)
      gemm(
        false,
        false,
        all,
        filters,
        patchSize,
        1,
        rows,
        patchSize,
        filterAt,
        filters,
        beta,
        values,
        filters,
      );
    else gemm(true, false, filters, all, patchSize, 1, filterAt, filters, rows, all, 0, values, all);
  });
  return out;
}
