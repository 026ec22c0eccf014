import { RandomStream } from "#lib/core/random.js";

/** Checkpoints of made-up trainings, in any order. */
export interface MadeRuns {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** Random steps that keep some of their direction, as those of training do. */
export class RunMaker {
  private readonly rng: RandomStream;
  private made = 0;

  constructor(
    seed: number,
    readonly cols = 400,
  ) {
    this.rng = RandomStream.fromSeed(seed);
  }

  /** Weights as they are drawn before a training. */
  start(): Float64Array {
    const rng = this.rng.split("start", this.made++);
    return Float64Array.from({ length: this.cols }, () => rng.normal());
  }

  /**
   * Checkpoints after steps of the given lengths, `from` left out.
   * @param drift share of the squared length that goes on in one direction
   */
  walk(from: Float64Array, lengths: readonly number[], drift = 0.3): Float64Array[] {
    const rng = this.rng.split("walk", this.made++);
    const onwards = this.unit(rng);
    let here = from;
    return lengths.map((length) => {
      const aside = this.unit(rng);
      here = here.map(
        (weight, i) => weight + length * (Math.sqrt(drift) * onwards[i] + Math.sqrt(1 - drift) * aside[i]),
      );
      return here;
    });
  }

  /** A start and what comes of it. */
  run(lengths: readonly number[], drift?: number): Float64Array[] {
    const start = this.start();
    return [start, ...this.walk(start, lengths, drift)];
  }

  private unit(rng: RandomStream): Float64Array {
    const direction = Float64Array.from({ length: this.cols }, () => rng.normal());
    const length = Math.hypot(...direction);
    return direction.map((entry) => entry / length);
  }
}

/** Falling step lengths. */
export function falling(count: number, first = 3, share = 0.85): number[] {
  return Array.from({ length: count }, (_, i) => first * share ** i);
}

/** Checkpoints as rows, those of `order` in its order. */
export function asPoints(
  checkpoints: readonly Float64Array[],
  order: ArrayLike<number> = checkpoints.map((_, i) => i),
): MadeRuns {
  const rows = Array.from(order, (i) => checkpoints[i]);
  const cols = rows[0].length;
  const data = new Float32Array(rows.length * cols);
  rows.forEach((row, i) => {
    data.set(row, i * cols);
  });
  return { data, rows: rows.length, cols };
}
