import { histogramEdges, type Moments } from "../core/numeric/histogram-edges.js";
import {
  type HistogramSettings,
  histogramSettings,
  type WindowedHistogramOptions,
} from "../core/numeric/histogram-settings.js";
import { checkLength, notFinite, windowShares } from "../core/numeric/windowed-histogram.js";
import { ensureBytes, kernelMemory, loadKernel } from "./wasm.js";

/** Exports of assembly/windowed-histograms.ts; addresses in bytes. */
interface WindowKernel {
  sumByFours(theta: number, count: number, mean: number, squared: boolean): number;
  prepareTables(edges: number, tables: number, bins: number): void;
  prepareGuess(scale: number, offset: number, near: number): void;
  countWindows(theta: number, count: number, windows: number, longest: number, out: number): void;
}

/** Counters of pairs that stay in the first-level cache. */
const mostPairs = 5000;
/** Below about this float32 numbers have fewer digits. */
const smallest = 2 ** -120;
/** A guess that may be off by more than this is none. */
const farthest = 0.25;

/**
 * `windowedHistogram` by a SIMD kernel, vector after vector, with the same bits. One user at a time.
 */
export class WindowedHistograms {
  readonly settings: HistogramSettings;
  private readonly memory = kernelMemory(0);
  private readonly kernel: WindowKernel;
  /** Windows of so many weights are counted by pairs. */
  private readonly longest: number;
  /** Addresses of the counts and the weights; edges and tables lie before them. */
  private readonly out: number;
  private readonly theta: number;

  /** @throws what `histogramSettings` throws */
  constructor(options: WindowedHistogramOptions = {}) {
    this.settings = histogramSettings(options);
    const { windows, bins } = this.settings;
    const pairs = (bins + 2) * (bins + 5);
    // Summing the tables of pairs takes as long as counting about so many weights; large ones would leave the cache.
    this.longest = pairs > mostPairs ? 2 ** 31 - 1 : Math.ceil(pairs / 2);
    const tables = aligned(4 * (bins + 1));
    this.out = aligned(tables + 4 * Math.max(4 * (bins + 2), pairs > mostPairs ? 0 : pairs));
    this.theta = aligned(this.out + 4 * (windows * (bins + 2) + 3));
    ensureBytes(this.memory, this.theta);
    this.kernel = loadKernel<WindowKernel>("windowed-histograms", this.memory);
    this.kernel.prepareTables(0, tables, bins);
  }

  /**
   * @param theta [N]
   * @param into [windows, bins], overwritten
   * @throws SpecError "histogram/short", DataError "histogram/not-finite": see windowedHistogram
   */
  write(theta: Float32Array, into: Float32Array): void {
    const { settings, memory, kernel } = this;
    const { windows, bins, scale } = settings;
    checkLength(theta.length, settings);
    ensureBytes(memory, this.theta + 4 * theta.length);
    new Float32Array(memory.buffer, this.theta, theta.length).set(theta);
    const moments = scale === "standardised" ? this.moments(theta.length) : undefined;
    if (moments && !Number.isFinite(moments.deviation)) checkFinite(theta);
    const edges = histogramEdges(settings, moments);
    new Float32Array(memory.buffer, 0, bins + 1).set(edges);
    kernel.prepareGuess(...guessOf(edges));
    kernel.countWindows(this.theta, theta.length, windows, this.longest, this.out);
    const counts = new Uint32Array(memory.buffer, this.out, windows * (bins + 2));
    // What is not finite was counted as out of range.
    if (anyOutside(counts, bins + 2)) checkFinite(theta);
    windowShares(counts, theta.length, settings, into);
  }

  /** Those of `momentsOf`. */
  private moments(length: number): Moments {
    const mean = this.kernel.sumByFours(this.theta, length, 0, false) / length;
    return { mean, deviation: Math.sqrt(this.kernel.sumByFours(this.theta, length, mean, true) / length) };
  }
}

/** Whether there are values below or above the bins. */
function anyOutside(counts: Uint32Array, width: number): boolean {
  for (let at = 0; at < counts.length; at += width)
    if (counts[at] > 0 || counts[at + width - 1] > 0) return true;
  return false;
}

function checkFinite(theta: Float32Array): void {
  for (let i = 0; i < theta.length; i++) if (!Number.isFinite(theta[i])) throw notFinite(i, theta[i]);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/**
 * The kernel's guess of a weight's place, theta x scale + offset in float32, and how far from the truth rounding can take
 * it: four roundings of numbers no larger than the greatest place and the offset, and as much again twice over.
 */
function guessOf(edges: Float32Array): [scale: number, offset: number, near: number] {
  const bins = edges.length - 1;
  const scale = Math.fround(bins / (edges[bins] - edges[0]));
  const offset = Math.fround(1 - (edges[0] * bins) / (edges[bins] - edges[0]));
  // The guess is of equal widths from the first edge to the last, which are rounded to float32 themselves.
  const moved = (Math.abs(edges[0]) + Math.abs(edges[bins])) * scale;
  const near = (bins + 2 + Math.abs(offset) + moved) * 2 ** -21;
  return near < farthest && scale > smallest ? [scale, offset, near] : [0, 0, 1];
}
