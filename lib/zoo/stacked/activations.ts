import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { leakySlope } from "../../networks/shapes.js";
import type { Activation } from "../../networks/types.js";

const gauss = 1 / Math.sqrt(2 * Math.PI);

/** An activation and what its gradient is had from: its own value, or its input. */
interface TensorActivation {
  readonly value: (tf: TensorFlow, x: Tensor) => Tensor;
  readonly slopeFrom: "value" | "input";
  readonly slope: (tf: TensorFlow, from: Tensor) => Tensor;
}

const normalShare = (tf: TensorFlow, x: Tensor) => tf.erf(x.mul(Math.SQRT1_2)).add(1).mul(0.5);

/** All activations on tensors, as the CPU engine computes them. */
export const tensorActivations: Readonly<Record<Activation, TensorActivation>> = {
  sigmoid: {
    value: (tf, x) => tf.sigmoid(x),
    slopeFrom: "value",
    slope: (_, y) => y.sub(y.square()),
  },
  tanh: {
    value: (tf, x) => tf.tanh(x),
    slopeFrom: "value",
    slope: (tf, y) => tf.sub(1, y.square()),
  },
  relu: {
    value: (tf, x) => tf.relu(x),
    slopeFrom: "value",
    slope: (tf, y) => tf.cast(tf.greater(y, 0), "float32"),
  },
  "leaky-relu": {
    value: (tf, x) => tf.maximum(x, x.mul(leakySlope)),
    slopeFrom: "value",
    slope: (tf, y) =>
      tf
        .cast(tf.greater(y, 0), "float32")
        .mul(1 - leakySlope)
        .add(leakySlope),
  },
  elu: {
    value: (tf, x) => tf.elu(x),
    slopeFrom: "value",
    // Below zero the slope is e^x = y + 1, above it 1.
    slope: (tf, y) => tf.minimum(y, 0).add(1),
  },
  gelu: {
    value: (tf, x) => x.mul(normalShare(tf, x)),
    slopeFrom: "input",
    slope: (tf, x) => normalShare(tf, x).add(tf.exp(x.square().mul(-0.5)).mul(x).mul(gauss)),
  },
  silu: {
    value: (tf, x) => x.mul(tf.sigmoid(x)),
    slopeFrom: "input",
    slope: (tf, x) => {
      const share = tf.sigmoid(x);
      return tf.sub(1, share).mul(x).add(1).mul(share);
    },
  },
};
