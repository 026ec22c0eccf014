import type { backend_util } from "@tensorflow/tfjs";
import { tensorflow } from "../../tf.js";
import type { WasmHeap } from "../heap.js";
import type { PatchWindow } from "../kernel-types.js";

type Shape4 = [number, number, number, number];

export interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: "same" | "valid" | number | backend_util.ExplicitPadding;
  readonly dataFormat?: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** What convolutions and their gradients need to know. */
export interface Plan {
  readonly images: number;
  readonly outShape: number[];
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

/** The plan of a convolution without dilation. */
export function planOf(inShape: number[], filterShape: number[], attrs: ConvolutionAttributes): Plan {
  const { backend_util: util } = tensorflow();
  const { strides, pad, dimRoundingMode } = attrs;
  const format = util.convertConv2DDataFormat(attrs.dataFormat ?? "NHWC");
  const [shape, filter] = [inShape as Shape4, filterShape as Shape4];
  const info = util.computeConv2DInfo(shape, filter, strides, 1, pad, dimRoundingMode, false, format);
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const pixels = filterHeight * filterWidth;
  const padded = padInfo.top + padInfo.left + padInfo.bottom + padInfo.right > 0;
  return {
    images: info.batchSize,
    outShape: info.outShape,
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
export function inGroups(
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
