import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { SpecError } from "../../../core/errors.js";
import { tensorflow } from "../tf.js";
import { checkFloats, checkShape, hasKernel, runKernel, withGradient } from "./run.js";

/**
 * NT-Xent, the normalised temperature-scaled cross-entropy (Chen et al. 2020, equation 1): for each of the 2n anchors
 * minus the log of the softmax, over the 2n - 1 others, of its partner's cosine similarity / temperature; their mean.
 * @param z1 [n, d], one view of n things
 * @param z2 [n, d], the other view
 * @param temperature above 0
 * @throws SpecError when shapes do not fit, n is 0, types are not float32, or the temperature is not above 0
 */
export function ntXent(z1: Tensor, z2: Tensor, temperature: number): Scalar {
  checkFloats({ z1, z2 }, "ntXent");
  if (z1.rank !== 2 || z1.shape[0] === 0) {
    const message = `ntXent: z1 has shape [${z1.shape}]; give [n, d] with n of at least 1`;
    throw new SpecError("tensors/shape", message, { value: z1.shape });
  }
  checkShape(z2, z1.shape, "z2", "ntXent");
  if (!(temperature > 0 && temperature < Infinity)) {
    const message = `ntXent: temperature is ${temperature}; give a number above 0`;
    throw new SpecError("tensors/temperature", message, { value: temperature });
  }
  if (!hasKernel("WeightbookNtXent")) return plainNtXent(z1, z2, temperature);
  const forward = () => {
    const [value, ...gradients] = runKernel("WeightbookNtXent", { z1, z2 }, { temperature });
    return { value, saved: [z1, z2, ...gradients] };
  };
  // Given z1 and z2 as well, so that second derivatives, which the kernel does not have, are refused.
  return withGradient([z1, z2], forward, (dy, [first, second, dz1, dz2]) =>
    runKernel("WeightbookNtXentGradient", { dy, z1: first, z2: second, dz1, dz2 }),
  ) as Scalar;
}

function plainNtXent(z1: Tensor, z2: Tensor, temperature: number): Scalar {
  const tf = tensorflow();
  return tf.tidy(() => {
    const [n] = z1.shape;
    const z = tf.concat([z1, z2]);
    // 1e-24 keeps a row of zeros from dividing by zero.
    const inverse = tf.rsqrt(tf.maximum(tf.sum(tf.square(z), 1, true), 1e-24));
    const units = tf.mul(z, inverse);
    const similarities = tf.div(tf.matMul(units, units, false, true), temperature);
    // An anchor is not among its own others, and its partner is kept out of them: ln(1 + others / partner) and its
    // gradient cancel nowhere, also where the partner has nearly all of the softmax.
    const strangers = tf.sub(similarities, tf.mul(tf.tile(tf.eye(n), [2, 2]), 1e9));
    const [u1, u2] = tf.split(units, 2);
    const partners = tf.div(tf.sum(tf.mul(u1, u2), 1), temperature);
    const gaps = tf.sub(tf.logSumExp(strangers, 1), tf.concat([partners, partners]));
    return tf.mean(softplus(gaps)) as Scalar;
  });
}

/**
 * ln(1 + e^x), exact for far negative x too, where the logarithm of a float32 near 1 has few true digits (tfjs's own on
 * webgpu takes it). With u = e^-|x|: max(x, 0) + 2 artanh(u / (2 + u)), whose series ends below a last digit here.
 */
function softplus(x: Tensor): Tensor {
  const tf = tensorflow();
  const forward = () => {
    const u = tf.exp(tf.neg(tf.abs(x)));
    const s = tf.div(u, tf.add(u, 2));
    const square = tf.square(s);
    let series: Tensor = tf.zerosLike(s);
    for (let power = 17; power >= 1; power -= 2) series = tf.add(tf.mul(series, square), 1 / power);
    return { value: tf.add(tf.maximum(x, 0), tf.mul(tf.mul(series, s), 2)), saved: [x] };
  };
  return withGradient([x], forward, (dy, [input]) => [tf.mul(dy, tf.sigmoid(input))]);
}
