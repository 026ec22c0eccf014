import type { TensorInfo } from "../kernels/types.js";
import { wasmHeap } from "./heap.js";
import { outputsOf, registerOp } from "./op-register.js";
import { type AttentionSizes, attentionBackward, attentionForward } from "./raw-attention.js";

/** Attention over stacked queries, keys and values, and its gradient. */
export function registerAttention(): void {
  // With `keep` 1 the probabilities are a second output.
  registerOp("WeightbookAttention", ({ qkv }, { heads, keep }) => {
    const heap = wasmHeap();
    const sizes = sizesOf(qkv, heads);
    const { batch, tokens, width } = sizes;
    const room = keep ? [batch, heads, tokens, tokens] : [tokens, tokens];
    const [out, shares] = outputsOf([batch, tokens, width], room);
    const [from, to, kept] = [qkv, out, shares].map((tensor) => heap.addressOf(tensor));
    attentionForward(from, to, kept, keep === 1, sizes);
    if (keep) return [out, shares];
    heap.release(shares);
    return out;
  });
  registerOp("WeightbookAttentionGradient", ({ dy, qkv, shares }, { heads }) => {
    const heap = wasmHeap();
    const sizes = sizesOf(qkv, heads);
    // A tensor rather than allocated room: it is given back where the gradient does not fit.
    const [dqkv, room] = outputsOf(qkv.shape, [sizes.tokens, sizes.tokens]);
    const [up, from, kept, to, place] = [dy, qkv, shares, dqkv, room].map((tensor) => heap.addressOf(tensor));
    attentionBackward(up, from, kept, to, place, sizes);
    heap.release(room);
    return dqkv;
  });
}

function sizesOf({ shape }: TensorInfo, heads: number): AttentionSizes {
  return { batch: shape[0], tokens: shape[1], heads, width: shape[2] / 3 };
}
