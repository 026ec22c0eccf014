import { checkOptions, SpecError } from "../errors.js";

/** How a weight vector is turned into windowed histograms; see windowedHistogram. */
export interface WindowedHistogramOptions {
  /** S: windows that the vector is cut into. Default 32, as published. */
  readonly windows?: number;
  /** B: bins of a window's histogram, all equally wide. Default 32, as published. */
  readonly bins?: number;
  /** Least and greatest value of the bins, both inside. Default [-5, 5], as published. */
  readonly range?: readonly [number, number];
  /**
   * What the range is in: "raw" (default) weights, or weights minus the mean of the whole vector, divided by its standard
   * deviation ("standardised"). The paper writes weights, and that its range is "on average" the 5th to 95th percentile,
   * which initial weights of the usual sizes (below 1) do not fill: so both can be had.
   */
  readonly scale?: "raw" | "standardised";
  /** Values out of range: left out of the counts ("drop", default), or counted in the first and last bin ("clamp"). */
  readonly outOfRange?: "drop" | "clamp";
}

export type HistogramSettings = Required<WindowedHistogramOptions>;

const known = ["windows", "bins", "range", "scale", "outOfRange"];
/** Far beyond use; a histogram of more is a mistake. */
const most = 65_536;

/**
 * The options with their defaults.
 * @throws SpecError "options/unknown"; "histogram/count", "histogram/range" or "histogram/choice" for a value that
 *   cannot be
 */
export function histogramSettings(options: WindowedHistogramOptions = {}): HistogramSettings {
  checkOptions(options, known, "windowed histograms");
  const { windows = 32, bins = 32, range = [-5, 5], scale = "raw", outOfRange = "drop" } = options;
  checkCount("windows", windows);
  checkCount("bins", bins);
  const [low, high] = range;
  if (range.length !== 2 || !Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) {
    const message = `windowed histograms got the range [${range}]; give two finite numbers, the smaller first`;
    throw new SpecError("histogram/range", message, { value: range });
  }
  checkChoice("scale", scale, ["raw", "standardised"]);
  checkChoice("outOfRange", outOfRange, ["drop", "clamp"]);
  return { windows, bins, range: [low, high], scale, outOfRange };
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  const message = `windowed histograms: ${name} is ${value}; give a whole number from 1 to ${most}`;
  throw new SpecError("histogram/count", message, { value });
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const message = `windowed histograms: ${name} is "${value}"; take ${choices.join(" or ")}`;
  throw new SpecError("histogram/choice", message, { value });
}
