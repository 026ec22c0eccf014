import { SpecError } from "../core/errors.js";
import { kernelMemory, loadKernel } from "./wasm.js";

/** Exports of assembly/histograms.ts; addresses in bytes. */
interface HistogramKernel {
  addGradients(words: number, picked: number, gradients: number, count: number, out: number): void;
  addBoth(
    words: number,
    picked: number,
    gradients: number,
    hessians: number,
    count: number,
    out: number,
  ): void;
}

/** Entries of the histograms of four features: 256 bins each, three numbers a bin at most. */
const mostEntries = 4 * 256 * 3;
/** WebAssembly addresses end at 4 GiB. */
const largestBytes = 3.5 * 2 ** 30;

/** Rows of small integers (bins), in a kernel's memory, and the sums of what goes with them by bin; one user at a time. */
export class BinSums {
  /** Bins of four features a word, the first in the lowest byte: [features / 4, rows]. The caller fills it. */
  readonly words: Int32Array;
  /** Numbers of rows, in the order in which the caller wants them. */
  readonly order: Int32Array;
  private readonly gradients: Float32Array;
  private readonly hessians: Float32Array;
  private readonly sums: Float64Array;
  private readonly kernel: HistogramKernel;

  /** @throws SpecError "trees/memory" where the rows are more than a kernel can address */
  constructor(
    readonly rows: number,
    readonly cols: number,
  ) {
    const count = Math.ceil(cols / 4) * rows;
    const bytes = 8 * mostEntries + 4 * (count + 3 * rows);
    if (bytes > largestBytes) {
      const message = `boosted trees: ${rows} rows of ${cols} features are too many; take fewer of either, e.g. layer statistics`;
      throw new SpecError("trees/memory", message, { value: bytes });
    }
    const memory = kernelMemory(bytes);
    this.sums = new Float64Array(memory.buffer, 0, mostEntries);
    this.words = new Int32Array(memory.buffer, 8 * mostEntries, count);
    const after = 8 * mostEntries + 4 * count;
    this.order = new Int32Array(memory.buffer, after, rows);
    this.gradients = new Float32Array(memory.buffer, after + 4 * rows, rows);
    this.hessians = new Float32Array(memory.buffer, after + 8 * rows, rows);
    this.kernel = loadKernel<HistogramKernel>("histograms", memory);
  }

  /** Puts the values of rows `order[from..to)` side by side, for `add` of the same rows. */
  gather(from: number, to: number, gradients: Float32Array, hessians?: Float32Array): void {
    gatherTo(this.gradients, this.order, from, to, gradients);
    if (hessians) gatherTo(this.hessians, this.order, from, to, hessians);
  }

  /**
   * Sums over rows `order[from..to)` by bin of features 4 group to 4 group + 3, in float64 and in this order.
   * @param out overwritten: [4, 256, 2] sums of gradients and numbers of rows, or, with `hessians`, [4, 256, 3] the
   *   sums of Hessians after them
   */
  add(group: number, from: number, to: number, hessians: boolean, out: Float64Array): void {
    const { sums, order, gradients, kernel } = this;
    const part = sums.subarray(0, out.length);
    part.fill(0);
    const words = this.words.byteOffset + 4 * group * this.rows;
    const picked = order.byteOffset + 4 * from;
    const [first, second] = [gradients.byteOffset, this.hessians.byteOffset];
    if (hessians) kernel.addBoth(words, picked, first, second, to - from, 0);
    else kernel.addGradients(words, picked, first, to - from, 0);
    out.set(part);
  }
}

function gatherTo(
  out: Float32Array,
  order: Int32Array,
  from: number,
  to: number,
  values: Float32Array,
): void {
  for (let i = from; i < to; i++) out[i - from] = values[order[i]];
}
