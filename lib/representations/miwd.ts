import { WindowedHistograms } from "../compute/windowed-histograms.js";
import { DataError, SpecError } from "../core/errors.js";
import { histogramSettings, type WindowedHistogramOptions } from "../core/numeric/histogram-settings.js";
import { fixedRepresentation, type VectorRepresentation } from "./vectors.js";

/**
 * The model-invariant weight distribution descriptor (MI-WD, Eilertsen et al. 2024, section 2.1): histograms of the
 * windows of a weight vector; see windowedHistogram for what it says and leaves open. It knows nothing of layers, so it
 * serves networks of any shape. Sizes in the paper: windows = bins = 8, 16 and 32 (default), so 64, 256 and 1024 numbers.
 * Vectors are read one after the other.
 * @throws SpecError of `histogramSettings`; in transforming "histogram/short" for fewer weights than windows, DataError
 *   "representation/nan", each naming the row
 */
export function miwd(options: WindowedHistogramOptions = {}): VectorRepresentation {
  const settings = histogramSettings(options);
  const { windows, bins, scale } = settings;
  const name = `MI-WD ${windows * bins}${scale === "standardised" ? ", standardised" : ""}`;
  return fixedRepresentation(name, windows * bins, () => {
    const histograms = new WindowedHistograms(settings);
    return (vector, out, index) => {
      try {
        histograms.write(vector, out);
      } catch (error) {
        throw ofRow(error, index, name);
      }
    };
  });
}

function ofRow(error: unknown, index: number, name: string): unknown {
  if (error instanceof DataError) {
    const message = `${name}: row ${index}: ${error.message}`;
    return new DataError("representation/nan", message, { value: index, cause: error });
  }
  if (!(error instanceof SpecError)) return error;
  return new SpecError(error.code, `${name}: row ${index}: ${error.message}`, { value: index, cause: error });
}
