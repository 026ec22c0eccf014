/** What the tensor kernels export for matrix products, convolutions and sums by segment. */
export interface ProductKernels {
  /** Bytes of scratch that `sgemm` needs, aligned to 16. */
  sgemmScratch(): number;
  /** The type `Gemm`, with scratch behind; transpositions are 0 or 1, which cost less to hand over than booleans. */
  sgemm(
    transposeA: number,
    transposeB: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    beta: number,
    c: number,
    ldc: number,
    scratch: number,
  ): void;
  /** Image [height, width, channels] to patches [out pixels, kernel pixels x channels]. */
  patchesOf(image: number, patches: number, ...window: PatchWindow): void;
  /** Adds such patches up to an image that was zero. */
  addPatches(image: number, patches: number, ...window: PatchWindow): void;
  /** Image [channels, height, width] to patches [kernel pixels x channels, out pixels]. */
  planePatchesOf(image: number, patches: number, ...window: PatchWindow): void;
  /** Adds such patches up to an image that was zero. */
  addPlanePatches(image: number, patches: number, ...window: PatchWindow): void;
  /** Adds a depthwise convolution's gradient to `dx`, which was zero; one image. */
  depthwiseToInput(dx: number, filter: number, dy: number, ...window: DepthwiseWindow): void;
  /** Adds a depthwise convolution's gradient to `dw`, which was zero before the first image. */
  depthwiseToFilter(x: number, dw: number, dy: number, ...window: DepthwiseWindow): void;
  /** Adds each row to its segment's row of `target`, which was zero. */
  segmentSum(
    source: number,
    segments: number,
    target: number,
    rows: number,
    columns: number,
    count: number,
  ): void;
}

/** Where a kernel's window goes over an image, in pixels. */
export type PatchWindow = [
  height: number,
  width: number,
  channels: number,
  outHeight: number,
  outWidth: number,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  top: number,
  left: number,
];

/** The same for a depthwise convolution. */
export type DepthwiseWindow = [
  height: number,
  width: number,
  channels: number,
  multiplier: number,
  outHeight: number,
  outWidth: number,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  dilationHeight: number,
  dilationWidth: number,
  top: number,
  left: number,
];
