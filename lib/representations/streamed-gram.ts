import { shared64 } from "../compute/product-threads.js";
import { type ProductStep, productSteps, productWorkers } from "../compute/row-products.js";
import type { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";

/** Rows that are held at once, twice: with 65,536 columns 2 x 256 MiB, and as much again packed. */
export const heldRows = 512;

/** Writes rows from..to, in float64, into the first rows of `into`. */
export type ReadRows = (from: number, to: number, into: Points) => Promise<void>;

/** What is known of many rows that were never held together. */
export interface StreamedGram {
  /** Inner products of the rows minus their mean, row-major [rows, rows]. */
  readonly gram: Float64Array;
  /** [cols]. */
  readonly mean: Float64Array;
}

/**
 * Gram matrix of the centred rows in float64, from blocks of rows that are read as they are needed: each about rows / 1024
 * times. It is centred after the products are summed, which float64 bears where the mean is not millions of times larger
 * than what varies. Bits depend neither on the number of threads nor on the machine.
 * @throws InterruptedError
 */
export async function streamedGram(
  rows: number,
  cols: number,
  read: ReadRows,
  pacer: Pacer,
): Promise<StreamedGram> {
  const gram = new Float64Array(rows * rows);
  const mean = new Float64Array(cols);
  const room = shared64(Math.min(rows, 2 * heldRows) * cols);
  for (let from = 0; from < rows; from += heldRows) {
    const to = Math.min(rows, from + heldRows);
    const own = to - from;
    const held = { data: room.subarray(0, own * cols), rows: own, cols };
    await read(from, to, held);
    for (let p = 0; p < held.data.length; p++) mean[p % cols] += held.data[p];
    await addProducts({ rows: held, from: 0, to: own, columns: own }, pacer, (i, j, value) => {
      gram[(from + i) * rows + from + j] = value;
    });
    for (let other = 0; other < from; other += heldRows) {
      const count = Math.min(heldRows, from - other);
      const both = { data: room.subarray(0, (own + count) * cols), rows: own + count, cols };
      await read(other, other + count, { data: room.subarray(own * cols), rows: count, cols });
      await addProducts({ rows: both, from: own, to: own + count, columns: own }, pacer, (i, j, value) => {
        gram[(from + j) * rows + other + i] = value;
      });
    }
    await pacer.add(own);
  }
  for (let j = 0; j < cols; j++) mean[j] /= rows;
  for (let i = 0; i < rows; i++) for (let j = 0; j < i; j++) gram[j * rows + i] = gram[i * rows + j];
  centre(gram, rows);
  return { gram, mean };
}

/** Products of the step's rows with leading rows, a part at a time. */
async function addProducts(
  whole: ProductStep<Float64Array>,
  pacer: Pacer,
  put: (i: number, j: number, value: number) => void,
): Promise<void> {
  const partRows = 128;
  const { rows, from, to, columns } = whole;
  const steps: ProductStep<Float64Array>[] = [];
  for (let start = from; start < to; start += partRows) {
    steps.push({ rows, from: start, to: Math.min(to, start + partRows), columns });
  }
  const options = {
    label: pacer.label,
    signal: pacer.signal,
    workers: productWorkers((to - from) * columns * rows.cols),
    room: shared64,
    largest: partRows * columns,
    simd: "plain" as const,
  };
  for await (const part of productSteps(steps, options)) {
    for (let i = part.from; i < part.to; i++) {
      for (let j = 0; j < columns; j++) put(i - from, j, part.products[(i - part.from) * columns + j]);
    }
    if (pacer.due()) await pacer.pause();
  }
}

/** Turns inner products of rows into those of the rows minus their mean. */
function centre(gram: Float64Array, rows: number): void {
  const means = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) means[i] += gram[i * rows + j];
    means[i] /= rows;
  }
  const all = means.reduce((sum, value) => sum + value, 0) / rows;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) gram[i * rows + j] += all - means[i] - means[j];
  }
}
