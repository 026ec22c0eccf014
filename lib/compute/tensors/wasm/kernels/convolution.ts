import type { backend_util } from "@tensorflow/tfjs";
import { tensorflow } from "../../tf.js";
import { wasmGemm } from "../gemm.js";
import { type TensorInfo, type WasmHeap, wasmHeap } from "../heap.js";
import type { PatchWindow } from "../kernel-types.js";
import { tensorKernels } from "../kernels.js";
import type { WasmKernel } from "./types.js";

type Shape4 = [number, number, number, number];

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: "same" | "valid" | number | backend_util.ExplicitPadding;
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** What both gradients need to know of a convolution. */
interface Plan {
  readonly images: number;
  /** Whether channels are the last axis, else they follow the image's number. */
  readonly last: boolean;
  /** Values of an image and of its output, of a patch, numbers of patches and of filters. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly patches: number;
  readonly filters: number;
  /** A patch is a pixel: images are their own patches. */
  readonly direct: boolean;
  readonly window: PatchWindow;
}

/** Bytes of patches that are held at once; several small images go together. */
const mostBytes = 2 ** 22;

function planOf(inShape: number[], filterShape: number[], attrs: ConvolutionAttributes): Plan {
  const { backend_util: util } = tensorflow();
  const { strides, pad, dimRoundingMode } = attrs;
  const format = util.convertConv2DDataFormat(attrs.dataFormat ?? "NHWC");
  // tfjs differentiates convolutions without dilation only.
  const [shape, filter] = [inShape as Shape4, filterShape as Shape4];
  const info = util.computeConv2DInfo(shape, filter, strides, 1, pad, dimRoundingMode, false, format);
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const pixels = filterHeight * filterWidth;
  const padded = padInfo.top + padInfo.left + padInfo.bottom + padInfo.right > 0;
  return {
    images: info.batchSize,
    last: format === "channelsLast",
    imageSize: inHeight * inWidth * inChannels,
    patchSize: pixels * inChannels,
    patches: outHeight * outWidth,
    filters: info.outChannels,
    direct: pixels === 1 && strideHeight === 1 && strideWidth === 1 && !padded,
    window: [
      inHeight,
      inWidth,
      inChannels,
      outHeight,
      outWidth,
      filterHeight,
      filterWidth,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
    ],
  };
}

/** Calls `work` with the first image and the number of images of each group, and room for the group's patches. */
function inGroups(
  heap: WasmHeap,
  plan: Plan,
  work: (first: number, count: number, patches: number) => void,
): void {
  const bytes = 4 * plan.patches * plan.patchSize;
  const together = plan.last ? Math.max(1, Math.floor(mostBytes / Math.max(1, bytes))) : 1;
  const room = plan.direct ? 0 : heap.allocate(bytes * Math.min(together, plan.images));
  try {
    for (let first = 0; first < plan.images; first += together) {
      work(first, Math.min(together, plan.images - first), room);
    }
  } finally {
    if (room) heap.free(room);
  }
}

/** dW [height, width, inputs, outputs]: patches of x, transposed, times dy. */
export const conv2DBackpropFilter: WasmKernel = {
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
export const conv2DBackpropInput: WasmKernel = {
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
