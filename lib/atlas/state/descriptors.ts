import type { DecodedDescriptors } from "../data/decoded.js";
import { shareOfByte } from "../data/quantize.js";

/** Mean and standard deviation (over the models, divided by their number) of each bin: [windows * bins]. */
export interface DescriptorSummary {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Bytes of one model's descriptor. */
export const descriptorSize = ({ settings }: DecodedDescriptors): number => settings.windows * settings.bins;

/** One model's shares: [windows * bins]. */
export function descriptorOf(descriptors: DecodedDescriptors, model: number): Float32Array {
  const size = descriptorSize(descriptors);
  return Float32Array.from(
    descriptors.bytes.subarray(model * size, (model + 1) * size),
    (byte) => shareOfByte[byte],
  );
}

/** Mean and deviation descriptors of some models; zeros for none. */
export function summarize(descriptors: DecodedDescriptors, models: ArrayLike<number>): DescriptorSummary {
  const size = descriptorSize(descriptors);
  const { bytes } = descriptors;
  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let i = 0; i < models.length; i++) {
    const from = models[i] * size;
    for (let j = 0; j < size; j++) {
      const byte = bytes[from + j];
      // Most bins of most models are empty.
      if (byte === 0) continue;
      // A byte is 255 times the root of its share, so these whole numbers are exact up to millions of models.
      const square = byte * byte;
      sums[j] += square;
      squares[j] += square * square;
    }
  }
  const count = Math.max(1, models.length);
  const unit = 255 ** 2;
  const mean = Float32Array.from(sums, (sum) => sum / unit / count);
  const deviation = Float32Array.from(
    squares,
    (sum, j) => Math.sqrt(Math.max(0, sum / count - (sums[j] / count) ** 2)) / unit,
  );
  return { mean, deviation };
}

/** A model and how far its descriptor lies from the one asked about. */
export interface Neighbor {
  readonly model: number;
  /** Euclidean. */
  readonly distance: number;
}

/**
 * The models whose descriptors lie nearest to one, nearest first; of equally near ones the lower number.
 * @param descriptor [windows * bins]
 * @param except a model that is left out: the one asked about
 */
export function nearestDescriptors(
  descriptors: DecodedDescriptors,
  descriptor: Float32Array,
  count: number,
  except?: number,
): Neighbor[] {
  const size = descriptorSize(descriptors);
  const { bytes } = descriptors;
  const models = bytes.length / size;
  const best: Neighbor[] = [];
  let limit = Infinity;
  for (let model = 0; model < models; model++) {
    if (model === except) continue;
    let sum = 0;
    for (let j = 0, at = model * size; j < size; j++, at++) {
      const difference = shareOfByte[bytes[at]] - descriptor[j];
      sum += difference * difference;
    }
    if (sum >= limit) continue;
    const place = best.findIndex(({ distance }) => distance > sum);
    best.splice(place < 0 ? best.length : place, 0, { model, distance: sum });
    if (best.length > count) best.pop();
    if (best.length === count) limit = best[count - 1].distance;
  }
  return best.map(({ model, distance }) => ({ model, distance: Math.sqrt(distance) }));
}
