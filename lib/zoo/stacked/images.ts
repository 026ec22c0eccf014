import { gatherRows } from "../../compute/tensors/maps/gather.js";
import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import type { ImageSet } from "../../datasets/types.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { InputScale } from "../types.js";
import type { Breather } from "./breather.js";
import { tidied } from "./tidied.js";

/** Images that are scaled between two breaths: about a millisecond. */
const imagesABreath = 256;

/** Code of an image that is neither shifted nor mirrored; see DataOrder.codes. */
const unchanged = 128 | (128 << 8);

/** Images on the device, scaled, as maps [images, pixels, channels], with their one-hot targets. */
export class StackedImages {
  private readonly maps: Tensor;
  private readonly targets: Tensor;
  private readonly height: number;
  private readonly width: number;
  private readonly channels: number;
  readonly count: number;

  private constructor(
    private readonly tf: TensorFlow,
    private readonly set: ImageSet,
    input: NetworkSpec["input"],
    outputs: number,
    values: Float32Array,
  ) {
    ({ height: this.height, width: this.width, channels: this.channels } = input);
    this.count = set.count;
    const made = tidied(tf, () => ({
      maps: tf.tensor3d(values, [set.count + 1, this.height * this.width, this.channels]),
      targets: tf.tensor2d(this.oneHotLabels(outputs), [set.count, outputs]),
    }));
    this.maps = made.maps;
    this.targets = made.targets;
  }

  /** Scales images and puts them on the device; `breathe` is called between images, and may throw to stop. */
  static async load(
    tf: TensorFlow,
    set: ImageSet,
    input: NetworkSpec["input"],
    outputs: number,
    scale: InputScale,
    breathe: Breather,
  ): Promise<StackedImages> {
    const values = await scaled(set, input, scale, breathe);
    await breathe();
    return new StackedImages(tf, set, input, outputs, values);
  }

  /** Bytes on the device. */
  static bytes(
    { count }: Pick<ImageSet, "count">,
    { height, width, channels }: NetworkSpec["input"],
    outputs: number,
  ) {
    return 4 * ((count + 1) * height * width * channels + count * outputs);
  }

  get labels(): Uint8Array {
    return this.set.labels;
  }

  private oneHotLabels(outputs: number): Float32Array {
    const targets = new Float32Array(this.count * outputs);
    this.set.labels.forEach((label, image) => {
      targets[image * outputs + label] = 1;
    });
    return targets;
  }

  /**
   * Inputs of some images, [numbers, pixels, channels]. Call it within tf.tidy.
   * @param codes changes of each image (see DataOrder.codes); undefined: none is changed
   */
  inputs(numbers: Int32Array, codes: Uint32Array | undefined): Tensor {
    const { tf, height, width, channels } = this;
    if (!codes || codes.every((code) => code === unchanged)) return gatherRows(tf, this.maps, numbers);
    const { rows, cols } = this.changed(numbers, codes);
    const rowPlaces = tf.tensor3d(rows, [numbers.length, height, 1], "int32");
    const colPlaces = tf.tensor3d(cols, [numbers.length, 1, width], "int32");
    // What comes from outside adds up to more than the empty image's place.
    const empty = tf.scalar(this.count * height * width, "int32");
    const places = tf.minimum(rowPlaces.add(colPlaces), empty).reshape([numbers.length * height * width]);
    const pixels = this.maps.reshape([(this.count + 1) * height * width, channels]);
    return tf.gather(pixels, places as never).reshape([numbers.length, height * width, channels]);
  }

  /** Places of the pixels that each row and column of each changed image comes from. */
  private changed(numbers: Int32Array, codes: Uint32Array): { rows: Int32Array; cols: Int32Array } {
    const { height, width, count } = this;
    const outside = count * height * width;
    const rows = new Int32Array(numbers.length * height);
    const cols = new Int32Array(numbers.length * width);
    numbers.forEach((image, i) => {
      const code = codes[i];
      const dx = (code & 255) - 128;
      const dy = ((code >> 8) & 255) - 128;
      const mirrored = ((code >> 16) & 1) === 1;
      for (let y = 0; y < height; y++) {
        const row = y - dy;
        const inside = row >= 0 && row < height;
        rows[i * height + y] = inside ? (image * height + row) * width : outside;
      }
      for (let x = 0; x < width; x++) {
        const col = (mirrored ? width - 1 - x : x) - dx;
        cols[i * width + x] = col >= 0 && col < width ? col : outside;
      }
    });
    return { rows, cols };
  }

  /** One-hot targets of some images, [numbers, outputs]. Call it within tf.tidy. */
  oneHot(numbers: Int32Array): Tensor {
    return gatherRows(this.tf, this.targets, numbers);
  }

  dispose(): void {
    this.maps.dispose();
    this.targets.dispose();
  }
}

/** Pixels become inputs in single precision, channel last; one empty image is added. */
async function scaled(
  set: ImageSet,
  { height, width, channels }: NetworkSpec["input"],
  { scale, shift, empty = 0 }: InputScale,
  breathe: Breather,
): Promise<Float32Array> {
  const round = Math.fround;
  const inputs = Float32Array.from({ length: 256 }, (_, p) => round(p * round(scale)) + round(shift));
  const area = height * width;
  const values = new Float32Array((set.count + 1) * area * channels).fill(inputs[empty]);
  for (let image = 0; image < set.count; image++) {
    const start = image * area * channels;
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++)
        values[start + p * channels + c] = inputs[set.images[start + c * area + p]];
    }
    if (image % imagesABreath === 0) await breathe();
  }
  return values;
}

/** The code of an image that stays as it is, for models whose images are not changed. */
export const unchangedCode: number = unchanged;
