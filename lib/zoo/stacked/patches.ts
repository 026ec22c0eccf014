import { Gatherer } from "../../compute/tensors/maps/gather.js";
import { hasKernel, runKernel } from "../../compute/tensors/ops/run.js";
import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { entryTable, patchTable, pixels, positionTable, tiles, type Windows } from "./windows.js";

/** Gathers maps into the windows of a convolution or a pool, and gradients back; its tables stay on the device. */
export class Patcher {
  private readonly windowsOfMaps: Gatherer;
  private readonly entries: Gatherer;
  private readonly positions: Gatherer;
  private readonly tables = new Map<string, Tensor>();
  /** Entries that read a pixel, at most. */
  private readonly width: number;

  constructor(
    private readonly tf: TensorFlow,
    readonly windows: Windows,
  ) {
    const entries = entryTable(windows);
    this.width = entries.width;
    this.windowsOfMaps = new Gatherer(tf, patchTable(windows), pixels(windows.input));
    this.entries = new Gatherer(tf, entries, pixels(windows.output) * windows.taps);
    this.positions = new Gatherer(tf, positionTable(windows), pixels(windows.output));
  }

  /** [rows, pixels, channels] -> [rows, positions x taps, channels]; padding is zero. */
  patches(x: Tensor): Tensor {
    return this.windowsOfMaps.gather(x);
  }

  /** The reverse, adding up what several windows give to a pixel: [rows, positions x taps, channels] -> pixels. */
  collect(patches: Tensor): Tensor {
    const { tf, windows, width } = this;
    const count = pixels(windows.input);
    const table = () => this.table("entries", () => entryTable(windows).places);
    const own = this.own("WeightbookCollectEntries", () => ({ x: patches, table: table() }), {
      pixels: count,
      width,
    });
    if (own) return own[0];
    const gathered = this.entries.gather(patches);
    if (tiles(windows)) return gathered;
    const [rows, , channels] = gathered.shape;
    const grouped = tf.reshape(gathered, [rows * count, width, channels!]);
    return tf.reshape(tf.sum(grouped, 1), [rows, count, channels!]);
  }

  /** Gradients at the positions that read each pixel: [rows, positions, channels] -> [rows, pixels x taps, channels]. */
  readers(dy: Tensor): Tensor {
    return this.positions.gather(dy);
  }

  /** Maxima and winners of all windows, where the backend has a kernel for them. */
  ownMaxima(x: Tensor): Tensor[] | undefined {
    const { taps } = this.windows;
    const table = () => this.table("patches", () => patchTable(this.windows).places);
    return this.own("WeightbookMaxWindows", () => ({ x, table: table() }), { taps });
  }

  /** Gradients of the maxima. */
  ownMaximaBack(dy: Tensor, winners: Tensor): Tensor | undefined {
    const { windows, width } = this;
    const table = () => this.table("entries", () => entryTable(windows).places);
    const attrs = { pixels: pixels(windows.input), width, taps: windows.taps };
    return this.own("WeightbookMaxWindowsBack", () => ({ dy, winners, table: table() }), attrs)?.[0];
  }

  dispose(): void {
    for (const gatherer of [this.windowsOfMaps, this.entries, this.positions]) gatherer.dispose();
    for (const table of this.tables.values()) table.dispose();
    this.tables.clear();
  }

  private own(name: string, inputs: () => Record<string, Tensor>, attrs: Record<string, number>) {
    return hasKernel(name) ? runKernel(name, inputs(), attrs) : undefined;
  }

  private table(name: string, make: () => Int32Array): Tensor {
    const known = this.tables.get(name);
    if (known) return known;
    const table: Tensor = this.tf.keep(this.tf.tensor1d(make(), "int32"));
    this.tables.set(name, table);
    return table;
  }
}
