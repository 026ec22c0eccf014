import { RandomStream } from "../../core/random.js";

/**
 * Adds weights, each with a random sign, into a few places that are drawn for each: a linear map that keeps distances
 * (Charikar et al. 2002, "count sketch"; Weinberger et al. 2009). A squared distance keeps its mean, and deviates by a
 * share of about sqrt(2 / places). Equal streams give equal maps.
 */
export class Folding {
  private readonly stream = RandomStream.fromSeed("folded weights");

  /** @param target where to; its length is the number of places */
  constructor(private readonly target: Float32Array) {}

  /** Folds the next weights. */
  add(weights: ArrayLike<number>): void {
    const { target, stream } = this;
    for (let i = 0; i < weights.length; i++) {
      const word = stream.uint32();
      // The highest bit is the sign, the others choose the place.
      const place = (word & 0x7fffffff) % target.length;
      target[place] += word >>> 31 ? weights[i] : -weights[i];
    }
  }
}
