import { SpecError } from "../../core/errors.js";
import { networkShapes, sizeOf } from "../../networks/shapes.js";
import type { TrainerOptions } from "./trainer-options.js";

/**
 * Checks that batches are possible and images fit the network.
 * @throws SpecError naming what does not fit
 */
export function checkTrainer({ network, batchSize, train, test, later }: TrainerOptions): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new SpecError("engine/batch-size", `batchSize is ${batchSize}; give a positive whole number`, {
      value: batchSize,
    });
  }
  const { channels, height, width } = network.input;
  const sets = [...Object.entries({ train, test }), ...Object.entries(later ?? {})];
  for (const [name, set] of sets) {
    if (set.count < 1 || set.images.length !== set.count * channels * height * width) {
      throw new SpecError(
        "engine/images",
        `the ${name} images hold ${set.images.length} bytes, but ${set.count} images of ${channels} x ${height} x ${width} are wanted by network "${network.name}"`,
        { value: set.images.length },
      );
    }
  }
}

/**
 * Checks that every image has a label, and every label an output.
 * @throws SpecError naming the first that has not
 */
export function checkLabels({ network, train, test, later }: TrainerOptions): void {
  const shapes = networkShapes(network);
  const outputs = sizeOf(shapes[shapes.length - 1]);
  for (const { labels, count } of [train, test, ...(later ? [later.train, later.test] : [])]) {
    const wrong = labels.findIndex((label) => label >= outputs);
    if (wrong < 0 && labels.length === count) continue;
    const problem =
      wrong < 0
        ? `there are ${labels.length} labels for ${count} images`
        : `label ${labels[wrong]} needs more than the ${outputs} outputs of network "${network.name}"`;
    throw new SpecError("engine/labels", problem, { value: wrong < 0 ? labels.length : labels[wrong] });
  }
}
