import type { Tensor, TensorFlow } from "../tf.js";
import { runOwn } from "./run-own.js";

/** Places to gather from, one an entry; a place that is not there (one past the last) stands for zero. */
export interface Places {
  readonly places: Int32Array;
  /** Whether any is not there. */
  readonly ragged: boolean;
}

/**
 * Entries of maps: [rows, pixels, channels] -> [rows, places, channels]. The tables on the device are made at the first
 * use; `dispose` frees them.
 */
export class Gatherer {
  private table: Tensor | undefined;
  private readonly own: boolean;

  /** @param pixels of the maps */
  constructor(
    private readonly tf: TensorFlow,
    private readonly from: Places,
    private readonly pixels: number,
  ) {
    this.own = tf.getKernel("WeightbookGatherRuns", tf.getBackend()) !== undefined;
  }

  /** Call it within tf.tidy. */
  gather(x: Tensor): Tensor {
    const { tf, from } = this;
    this.table ??= tf.keep(this.makeTable());
    const entries = from.places.length;
    const own = runOwn(tf, "WeightbookGatherRuns", { x, runs: this.table }, { entries });
    if (own) return own[0];
    // One row of zeros behind the last place, for what is not there.
    const padding: [number, number][] = [0, 1, 0].map((after) => [0, after]);
    const source = from.ragged ? tf.pad(x, padding) : x;
    return tf.gather(source, this.table as never, 1);
  }

  dispose(): void {
    this.table?.dispose();
    this.table = undefined;
  }

  private makeTable(): Tensor {
    const { tf, from, pixels } = this;
    if (!this.own) return tf.tensor1d(from.places, "int32");
    const runs = runsOf(from.places, pixels);
    return tf.tensor2d(runs, [runs.length / 2, 2], "int32");
  }
}

/** Neighbours that are gathered together: pairs of first pixel (-1: zeros) and count. */
function runsOf(places: Int32Array, pixels: number): Int32Array {
  const runs: number[] = [];
  places.forEach((place, i) => {
    const missing = place >= pixels;
    const follows = i > 0 && (missing ? places[i - 1] >= pixels : places[i - 1] === place - 1);
    if (follows) runs[runs.length - 1]++;
    else runs.push(missing ? -1 : place, 1);
  });
  return Int32Array.from(runs);
}

/** Rows of a matrix: [rows, values] -> [numbers, values]. Call it within tf.tidy. */
export function gatherRows(tf: TensorFlow, x: Tensor, numbers: Int32Array): Tensor {
  if (tf.getKernel("WeightbookGatherRuns", tf.getBackend())) {
    const runs = new Int32Array(2 * numbers.length);
    numbers.forEach((number, i) => {
      runs[2 * i] = number;
      runs[2 * i + 1] = 1;
    });
    const table = tf.tensor2d(runs, [numbers.length, 2], "int32");
    const values = x.size / x.shape[0];
    const maps = x.reshape([1, x.shape[0], values]);
    const own = runOwn(tf, "WeightbookGatherRuns", { x: maps, runs: table }, { entries: numbers.length });
    if (own) return own[0].reshape([numbers.length, ...x.shape.slice(1)]);
  }
  return tf.gather(x, tf.tensor1d(numbers, "int32"));
}
