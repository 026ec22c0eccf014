/** Labelled images of equal size, one channel, uint8. */
export interface ImageSet {
  /** Pixels 0..255, row-major, `count x height x width`. */
  readonly images: Uint8Array;
  /** Class of each image, 0..classes-1. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** What a pixel's byte stands for: byte * scale + shift. */
export interface PixelScale {
  readonly scale: number;
  readonly shift: number;
}

/** Training and test images under one name. */
export interface Dataset {
  /** What the images are, e.g. "mnist". */
  readonly name: string;
  /** The data set that was asked for, when `strokes` had to take its place; undefined otherwise. */
  readonly standsInFor?: string;
  readonly classNames: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** What bytes stand for; undefined is the usual 0..255 for 0..1: scale 1/255 and shift 0. */
  readonly pixel?: PixelScale;
  /** SHA-256 over shape, pixels and labels of both splits, as used here (after resizing and cutting), and `pixel`. */
  readonly hash: string;
}
