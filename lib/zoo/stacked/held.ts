import type { Tensor } from "../../compute/tensors/tf.js";

/** Counts who still needs a tensor, so that it is disposed of as soon as nobody does. */
export class Held {
  private readonly counts = new Map<Tensor, number>();

  /** One more needs it. */
  hold(tensor: Tensor): void {
    this.counts.set(tensor, (this.counts.get(tensor) ?? 0) + 1);
  }

  /** One less needs it; the last one disposes of it. */
  release(tensor: Tensor): void {
    const left = (this.counts.get(tensor) ?? 1) - 1;
    if (left > 0) {
      this.counts.set(tensor, left);
    } else {
      this.counts.delete(tensor);
      tensor.dispose();
    }
  }
}
