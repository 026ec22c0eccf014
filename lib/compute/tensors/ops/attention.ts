import type { Tensor, Tensor3D } from "@tensorflow/tfjs";
import { SpecError } from "../../../core/errors.js";
import { tensorflow } from "../tf.js";
import { checkFloats, hasKernel, isRecording, runKernel, withGradient } from "./run.js";
import { softmax } from "./softmax.js";

/**
 * Multi-head attention (Vaswani et al. 2017) without its projections: softmax(q k^T / sqrt(d / heads)) v, head by head.
 * @param qkv [batch, tokens, 3 d]: queries, keys and values one after another, as torch's in_proj makes them
 * @param heads how many; divides d
 * @returns [batch, tokens, d]
 * @throws SpecError when shapes do not fit or qkv does not hold float32
 */
export function attention(qkv: Tensor, heads: number): Tensor3D {
  checkFloats({ qkv }, "attention");
  checkAttention(qkv, heads);
  if (!hasKernel("WeightbookAttention")) return plainAttention(qkv, heads);
  const keep = isRecording() ? 1 : 0;
  const forward = () => {
    const [value, shares] = runKernel("WeightbookAttention", { qkv }, { heads, keep });
    return { value, saved: shares ? [qkv, shares] : [] };
  };
  return withGradient([qkv], forward, (dy, [input, shares]) =>
    runKernel("WeightbookAttentionGradient", { dy, qkv: input, shares }, { heads }),
  ) as Tensor3D;
}

function checkAttention({ shape }: Tensor, heads: number): void {
  if (shape.length !== 3) {
    throw new SpecError("tensors/shape", `attention: qkv has shape [${shape}]; give [batch, tokens, 3 d]`, {
      value: shape,
    });
  }
  const last = shape[2];
  if (!Number.isInteger(heads) || heads < 1 || last % (3 * heads) !== 0 || last === 0) {
    throw new SpecError(
      "tensors/heads",
      `attention: the last axis of qkv has ${last} values, which ${heads} heads do not share evenly; give a multiple of 3 x heads`,
      { value: heads },
    );
  }
}

function plainAttention(qkv: Tensor, heads: number): Tensor3D {
  const tf = tensorflow();
  const [batch, tokens, triple] = qkv.shape;
  const width = triple / 3;
  const head = width / heads;
  return tf.tidy(() => {
    const [q, k, v] = [0, 1, 2].map((part) => {
      const own = tf.slice(qkv, [0, 0, part * width], [batch, tokens, width]);
      return tf.transpose(tf.reshape(own, [batch, tokens, heads, head]), [0, 2, 1, 3]);
    });
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(head));
    const mixed = tf.matMul(softmax(scores), v);
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]) as Tensor3D;
  });
}
