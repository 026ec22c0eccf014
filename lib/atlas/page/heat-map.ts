import type { HistogramSettings } from "../../core/numeric/histogram-settings.js";
import { numberText } from "../data/decoded.js";
import type { Ramp } from "./colors.js";
import { h } from "./dom.js";

export interface HeatMapOptions {
  /** Windows and bins of the values, and what the bins' range is. */
  readonly settings: HistogramSettings;
  readonly ramp: Ramp;
  /** Values of the scale's two ends. */
  readonly low: number;
  readonly high: number;
  /** What the picture shows, for those who cannot see it. */
  readonly label: string;
}

/** Canvases that no picture needs any more: to make a canvas takes longer than to paint it. */
const free: HTMLCanvasElement[] = [];

/** Gives back the canvases in an element whose content is about to be replaced. */
export function recycle(element: HTMLElement): void {
  free.push(...element.querySelectorAll<HTMLCanvasElement>("canvas.heat"));
}

/** A descriptor as a picture, a pixel a bin: depth runs down, weights from left to right. */
export function heatMap(values: Float32Array, options: HeatMapOptions): HTMLCanvasElement {
  const { settings, ramp, low, high } = options;
  const { windows, bins, range } = settings;
  const canvas = free.pop() ?? h("canvas", { className: "heat", role: "img" });
  if (canvas.width !== bins) canvas.width = bins;
  if (canvas.height !== windows) canvas.height = windows;
  const unit = settings.scale === "standardised" ? "standard deviations" : "weights";
  canvas.setAttribute(
    "aria-label",
    `${options.label}: ${windows} windows from the first layers (top) to the last, ${bins} bins of ${unit} from ${range[0]} to ` +
      `${range[1]}; values ${numberText(low, 2)} to ${numberText(high, 2)}`,
  );
  // Pixels are put in by the processor: such a canvas does not wait for the graphics one.
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const image = context.createImageData(bins, windows);
  const width = high - low || 1;
  for (let i = 0; i < values.length; i++) {
    const step = 3 * Math.round(255 * Math.min(1, Math.max(0, (values[i] - low) / width)));
    image.data[4 * i] = ramp[step];
    image.data[4 * i + 1] = ramp[step + 1];
    image.data[4 * i + 2] = ramp[step + 2];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Greatest value of several pictures. */
export function greatest(...pictures: readonly Float32Array[]): number {
  let most = 0;
  for (const picture of pictures) for (const value of picture) most = Math.max(most, Math.abs(value));
  return most;
}
