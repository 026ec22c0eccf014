import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import {
  entryTable,
  type GatherTable,
  patchTable,
  pixels,
  positionTable,
  tiles,
  type Windows,
} from "./windows.js";

/** Gathers maps into the windows of a convolution or a pool, and gradients back; keeps its tables on the device. */
export class Patcher {
  private readonly kept: Tensor[] = [];
  private readonly tables = new Map<string, { readonly places: Tensor; readonly ragged: boolean }>();

  constructor(
    private readonly tf: TensorFlow,
    readonly windows: Windows,
  ) {}

  /** [rows, pixels, channels] -> [rows, positions x taps, channels]; padding is zero. */
  patches(x: Tensor): Tensor {
    return this.gather(x, this.table("patches", patchTable));
  }

  /** The reverse, adding up what several windows give to a pixel: [rows, positions x taps, channels] -> pixels. */
  collect(patches: Tensor): Tensor {
    const { tf, windows } = this;
    const gathered = this.gather(patches, this.table("entries", entryTable));
    if (tiles(windows)) return gathered;
    const [rows, entries, channels] = gathered.shape;
    const count = pixels(windows.input);
    const grouped = tf.reshape(gathered, [rows * count, entries / count, channels]);
    return tf.reshape(tf.sum(grouped, 1), [rows, count, channels]);
  }

  /** Gradients at the positions that read each pixel: [rows, positions, channels] -> [rows, pixels x taps, channels]. */
  readers(dy: Tensor): Tensor {
    return this.gather(dy, this.table("positions", positionTable));
  }

  dispose(): void {
    for (const tensor of this.kept.splice(0)) tensor.dispose();
    this.tables.clear();
  }

  private gather(x: Tensor, { places, ragged }: { places: Tensor; ragged: boolean }): Tensor {
    const { tf } = this;
    // One row of zeros behind the last place, for what is not there.
    const source = ragged ? tf.pad(x, [[0, 0], [0, 1], [0, 0]]) : x; // biome-ignore format: one pair an axis
    return tf.gather(source, places as never, 1);
  }

  private table(name: string, make: (windows: Windows) => GatherTable) {
    const known = this.tables.get(name);
    if (known) return known;
    const { places, ragged } = make(this.windows);
    const table = { places: this.tf.keep(this.tf.tensor1d(places, "int32")), ragged };
    this.kept.push(table.places);
    this.tables.set(name, table);
    return table;
  }
}
