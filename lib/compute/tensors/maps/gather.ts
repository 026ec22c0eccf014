import { hasKernel, runKernel } from "../ops/run.js";
import type { Tensor, Tensor1D, TensorFlow } from "../tf.js";

/** Places to gather from, one an entry; a place that is not there (one past the last) stands for zero. */
export interface Places {
  readonly places: Int32Array;
  /** Whether any is not there. */
  readonly ragged: boolean;
}

const kernel = "WeightbookGatherRuns";

/**
 * Entries of maps: [rows, pixels, channels] -> [rows, places, channels], on whichever backend is in use. The tables on
 * the device are made at their first use and move along as tensors do; `dispose` frees them.
 */
export class Gatherer {
  /** Of our own kernel. */
  private runs: Tensor | undefined;
  /** Of tfjs's operations. */
  private indices: Tensor | undefined;

  /** @param pixels of the maps */
  constructor(
    private readonly tf: TensorFlow,
    private readonly from: Places,
    private readonly pixels: number,
  ) {}

  /** Call it within tf.tidy. */
  gather(x: Tensor): Tensor {
    const { tf, from } = this;
    if (hasKernel(kernel)) {
      this.runs ??= tf.keep(pairs(tf, runsOf(from.places, this.pixels)));
      return runKernel(kernel, { x, runs: this.runs }, { entries: from.places.length })[0];
    }
    this.indices ??= tf.keep(tf.tensor1d(from.places, "int32"));
    // One row of zeros behind the last place, for what is not there.
    const padding: [number, number][] = [0, 1, 0].map((after) => [0, after]);
    const source = from.ragged ? tf.pad(x, padding) : x;
    return tf.gather(source, this.indices as Tensor1D, 1);
  }

  dispose(): void {
    this.runs?.dispose();
    this.indices?.dispose();
    this.runs = undefined;
    this.indices = undefined;
  }
}

function pairs(tf: TensorFlow, values: Int32Array): Tensor {
  return tf.tensor2d(values, [values.length / 2, 2], "int32");
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
  if (!hasKernel(kernel)) return tf.gather(x, tf.tensor1d(numbers, "int32"));
  const runs = new Int32Array(2 * numbers.length);
  numbers.forEach((number, i) => {
    runs[2 * i] = number;
    runs[2 * i + 1] = 1;
  });
  const maps = x.reshape([1, x.shape[0], x.size / x.shape[0]]);
  const [rows] = runKernel(kernel, { x: maps, runs: pairs(tf, runs) }, { entries: numbers.length });
  return rows.reshape([numbers.length, ...x.shape.slice(1)]);
}
