import type { OwnKernel, TensorInfo } from "../../kernels/types.js";
import { wasmGemm } from "../gemm.js";
import { wasmHeap } from "../heap.js";
import { tensorKernels } from "../kernels.js";
import { type ConvolutionAttributes, inGroups, planOf } from "./convolution-plan.js";

/** dW [height, width, inputs, outputs]: patches of x, transposed, times dy. */
export const conv2DBackpropFilter: OwnKernel = {
  name: "Conv2DBackpropFilter",
  make: () => (call) => {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo };
    const attrs = call.attrs as ConvolutionAttributes & { filterShape: number[] };
    const plan = planOf(x.shape, attrs.filterShape, attrs);
    const { last, direct, imageSize, patchSize, patches, filters, window } = plan;
    const heap = wasmHeap();
    const out = heap.output(attrs.filterShape);
    const [xAt, dyAt, target] = [heap.addressOf(x), heap.addressOf(dy), heap.addressOf(out)];
    const [gemm, kernels] = [wasmGemm(), tensorKernels()];
    if (plan.images * patches === 0) kernels.fill(target, patchSize * filters, 0);
    inGroups(heap, plan, (first, count, room) => {
      const image = xAt + 4 * first * imageSize;
      const slope = dyAt + 4 * first * patches * filters;
      const lay = last ? kernels.patchesOf : kernels.planePatchesOf;
      for (let i = 0; i < count && !direct; i++) {
        lay(image + 4 * i * imageSize, room + 4 * i * patches * patchSize, ...window);
      }
      const rows = direct ? image : room;
      const beta = first > 0 ? 1 : 0;
      const all = count * patches;
      if (last)
        gemm(true, false, patchSize, filters, all, 1, rows, patchSize, slope, filters, beta, target, filters);
      else gemm(false, true, patchSize, filters, all, 1, rows, all, slope, all, beta, target, filters);
    });
    return out;
  },
};

/** dx: dy times the transposed filter gives patches, which are added up to images. */
export const conv2DBackpropInput: OwnKernel = {
  name: "Conv2DBackpropInput",
  make: () => (call) => {
    const { dy, filter } = call.inputs as { dy: TensorInfo; filter: TensorInfo };
    const attrs = call.attrs as ConvolutionAttributes & { inputShape: number[] };
    const plan = planOf(attrs.inputShape, filter.shape, attrs);
    const { last, direct, imageSize, patchSize, patches, filters, window } = plan;
    const heap = wasmHeap();
    const out = heap.output(attrs.inputShape);
    const [dyAt, filterAt, target] = [heap.addressOf(dy), heap.addressOf(filter), heap.addressOf(out)];
    const [gemm, kernels] = [wasmGemm(), tensorKernels()];
    if (!direct) kernels.fill(target, plan.images * imageSize, 0);
    inGroups(heap, plan, (first, count, room) => {
      const image = target + 4 * first * imageSize;
      const slope = dyAt + 4 * first * patches * filters;
      const rows = direct ? image : room;
      const all = count * patches;
      if (last)
        gemm(false, true, all, patchSize, filters, 1, slope, filters, filterAt, filters, 0, rows, patchSize);
      else gemm(false, false, patchSize, all, filters, 1, filterAt, filters, slope, all, 0, rows, all);
      const add = last ? kernels.addPatches : kernels.addPlanePatches;
      for (let i = 0; i < count && !direct; i++) {
        add(image + 4 * i * imageSize, room + 4 * i * patches * patchSize, ...window);
      }
    });
    return out;
  },
};
