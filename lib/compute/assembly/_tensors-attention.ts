// Attention for few tokens: all of a head fits into the first cache, and blocks in registers beat a matrix library.
import { mixtures, products } from "./_tensors-blocks";
import { softmaxBackward, softmaxForward } from "./_tensors-softmax";

/**
 * out [batch, tokens, width] = softmax(scale q k^T) v of qkv [batch, tokens, 3 width], head by head. `probabilities`
 * receives [batch, heads, tokens, tokens] with `keep`, else it is room for one head's [tokens, tokens].
 */
export function attentionForward(
  qkv: usize, out: usize, probabilities: usize, keep: i32, batch: i32, tokens: i32, heads: i32, width: i32,
  scale: f32,
): void {
  const head = width / heads;
  const line = <usize>width << 2;
  const row = <usize>tokens << 2;
  let shares = probabilities;
  for (let sample = 0; sample < batch; sample++) {
    for (let h = 0; h < heads; h++) {
      const start = (<usize>h * <usize>head) << 2;
      const q = qkv + <usize>sample * (3 * line * <usize>tokens) + start;
      products(q, 3 * line, q + line, 3 * line, shares, row, tokens, tokens, head);
      softmaxForward(shares, shares, tokens, tokens, scale);
      const o = out + <usize>sample * (line * <usize>tokens) + start;
      mixtures(shares, row, 4, q + 2 * line, 3 * line, o, line, tokens, head, tokens);
      if (keep) shares += row * <usize>tokens;
    }
  }
}

/** dqkv from dout, qkv and the kept probabilities; `room` holds [tokens, tokens] values for the while. */
export function attentionBackward(
  dout: usize, qkv: usize, probabilities: usize, dqkv: usize, room: usize, batch: i32, tokens: i32, heads: i32,
  width: i32, scale: f32,
): void {
  const head = width / heads;
  const line = <usize>width << 2;
  const row = <usize>tokens << 2;
  let shares = probabilities;
  for (let sample = 0; sample < batch; sample++) {
    for (let h = 0; h < heads; h++) {
      const start = (<usize>h * <usize>head) << 2;
      const q = qkv + <usize>sample * (3 * line * <usize>tokens) + start;
      const dq = dqkv + <usize>sample * (3 * line * <usize>tokens) + start;
      const up = dout + <usize>sample * (line * <usize>tokens) + start;
      products(up, line, q + 2 * line, 3 * line, room, row, tokens, tokens, head);
      softmaxBackward(room, shares, room, tokens, tokens, scale);
      mixtures(room, row, 4, q + line, 3 * line, dq, 3 * line, tokens, head, tokens);
      mixtures(room, 4, row, q, 3 * line, dq + line, 3 * line, tokens, head, tokens);
      mixtures(shares, 4, row, up, line, dq + 2 * line, 3 * line, tokens, head, tokens);
      shares += row * <usize>tokens;
    }
  }
}
