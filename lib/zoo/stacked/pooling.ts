import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import type { Patcher } from "./patches.js";
import { tidied } from "./tidied.js";
import { pixels } from "./windows.js";

/**
 * Max-pooling in which the first of equals wins, as in torch. Call it within tf.tidy.
 * @param x [rows, pixels, channels]
 * @returns maxima [rows, positions, channels] and, if asked for, the number of each one's tap
 */
export function maxPool(tf: TensorFlow, patcher: Patcher, x: Tensor, keepWinners: boolean) {
  const own = patcher.ownMaxima(x);
  if (own) return { y: own[0], winners: keepWinners ? own[1] : undefined };
  const { taps, output } = patcher.windows;
  const [rows, , channels] = x.shape;
  const shape = [rows, pixels(output), channels!];
  const windows = patcher.patches(x).reshape([rows * pixels(output), taps * channels!]);
  const tap = (number: number) => windows.slice([0, number * channels!], [windows.shape[0], channels!]);
  let found: readonly Tensor[] = tidied(tf, () => (keepWinners ? [tap(0), tf.zerosLike(tap(0))] : [tap(0)]));
  for (let number = 1; number < taps; number++) {
    const before = found;
    found = tidied(tf, () => {
      const [best, winners] = before;
      const value = tap(number);
      const larger = tf.maximum(best, value);
      if (!winners) return [larger];
      // Numbers ascend, so the larger one is the later winner.
      const better = tf.cast(tf.greater(value, best), "float32").mul(number);
      return [larger, tf.maximum(winners, better)];
    });
    for (const tensor of before) tensor.dispose();
  }
  const [best, winners] = found;
  return { y: best.reshape(shape), winners: winners?.reshape(shape) };
}

/** The gradients of max-pooling go to the winners alone. Call it within tf.tidy. */
export function maxPoolBack(tf: TensorFlow, patcher: Patcher, dy: Tensor, winners: Tensor): Tensor {
  const own = patcher.ownMaximaBack(dy, winners);
  if (own) return own;
  const { taps } = patcher.windows;
  const [rows, positions, channels] = dy.shape;
  const spread = tidied(tf, () => {
    const share = (number: number) =>
      tidied(tf, () =>
        dy.mul(tf.cast(tf.equal(winners, number), "float32")).reshape([rows * positions!, channels!]),
      );
    return tf.concat(
      Array.from({ length: taps }, (_, number) => share(number)),
      1,
    );
  });
  return patcher.collect(spread.reshape([rows, positions! * taps, channels!]));
}

/** Means of windows. Call it within tf.tidy. */
export function averagePool(patcher: Patcher, x: Tensor): Tensor {
  const { taps, output } = patcher.windows;
  const [rows, , channels] = x.shape;
  const windows = patcher.patches(x).reshape([rows * pixels(output), taps, channels!]);
  return windows.mean(1).reshape([rows, pixels(output), channels!]);
}

/** The gradient of each mean is shared out evenly. Call it within tf.tidy. */
export function averagePoolBack(tf: TensorFlow, patcher: Patcher, dy: Tensor): Tensor {
  const { taps } = patcher.windows;
  const [rows, positions, channels] = dy.shape;
  const shares = dy.mul(1 / taps).reshape([rows * positions!, 1, channels!]);
  const spread = tf.tile(shares, [1, taps, 1]).reshape([rows, positions! * taps, channels!]);
  return patcher.collect(spread);
}
