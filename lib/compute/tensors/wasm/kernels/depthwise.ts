import type { backend_util } from "@tensorflow/tfjs";
import type { OwnKernel, TensorInfo } from "../../kernels/types.js";
import { sizeOf } from "../../sizes.js";
import { tensorflow } from "../../tf.js";
import { wasmHeap } from "../heap.js";
import type { DepthwiseWindow } from "../kernel-types.js";
import { tensorKernels } from "../kernels.js";

type Shape4 = [number, number, number, number];

interface DepthwiseAttributes {
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number;
  readonly pad: "same" | "valid" | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

function windowOf(inShape: number[], filterShape: number[], attrs: DepthwiseAttributes) {
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  const [shape, filter] = [inShape as Shape4, filterShape as Shape4];
  const { computeConv2DInfo } = tensorflow().backend_util;
  const info = computeConv2DInfo(shape, filter, strides, dilations, pad, dimRoundingMode, true);
  const window: DepthwiseWindow = [
    info.inHeight,
    info.inWidth,
    info.inChannels,
    filterShape[3],
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  ];
  const image = info.inHeight * info.inWidth * info.inChannels;
  return { window, images: info.batchSize, image, output: info.outHeight * info.outWidth * info.outChannels };
}

/** Gradient of a depthwise convolution with respect to its images [images, height, width, channels]. */
export const depthwiseBackpropInput: OwnKernel = {
  name: "DepthwiseConv2dNativeBackpropInput",
  make: () => (call) => {
    const { dy, filter } = call.inputs as { dy: TensorInfo; filter: TensorInfo };
    const attrs = call.attrs as DepthwiseAttributes & { inputShape: number[] };
    const { window, images, image, output } = windowOf(attrs.inputShape, filter.shape, attrs);
    const [heap, kernels] = [wasmHeap(), tensorKernels()];
    const out = heap.output(attrs.inputShape);
    const [dx, weights, slope] = [heap.addressOf(out), heap.addressOf(filter), heap.addressOf(dy)];
    kernels.fill(dx, images * image, 0);
    for (let i = 0; i < images; i++) {
      kernels.depthwiseToInput(dx + 4 * i * image, weights, slope + 4 * i * output, ...window);
    }
    return out;
  },
};

/** Gradient with respect to the filter [height, width, channels, multiplier]. */
export const depthwiseBackpropFilter: OwnKernel = {
  name: "DepthwiseConv2dNativeBackpropFilter",
  make: () => (call) => {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo };
    const attrs = call.attrs as DepthwiseAttributes & { filterShape: number[] };
    const { window, images, image, output } = windowOf(x.shape, attrs.filterShape, attrs);
    const [heap, kernels] = [wasmHeap(), tensorKernels()];
    const out = heap.output(attrs.filterShape);
    const [xAt, dw, slope] = [heap.addressOf(x), heap.addressOf(out), heap.addressOf(dy)];
    kernels.fill(dw, sizeOf(attrs.filterShape), 0);
    for (let i = 0; i < images; i++) {
      kernels.depthwiseToFilter(xAt + 4 * i * image, dw, slope + 4 * i * output, ...window);
    }
    return out;
  },
};
