import { wasmGemm } from "./gemm.js";
import { type TensorInfo, wasmHeap } from "./heap.js";
import { registerOp } from "./op-register.js";
import { type AttentionSizes, attentionBackward, attentionForward } from "./raw-attention.js";

/** Attention over stacked queries, keys and values, and its gradient. */
export function registerAttention(): void {
  const heap = wasmHeap();
  // With `keep` 1 the probabilities are a second output.
  registerOp("WeightbookAttention", ({ qkv }, { heads, keep }) => {
    const sizes = sizesOf(qkv, heads);
    const { batch, tokens, width } = sizes;
    const out = heap.output([batch, tokens, width]);
    const shares = heap.output(keep ? [batch, heads, tokens, tokens] : [tokens, tokens]);
    const [from, to, room] = [qkv, out, shares].map((tensor) => heap.addressOf(tensor));
    attentionForward(wasmGemm(), from, to, room, keep === 1, sizes);
    if (keep) return [out, shares];
    heap.release(shares);
    return out;
  });
  registerOp("WeightbookAttentionGradient", ({ dy, qkv, shares }, { heads }) => {
    const sizes = sizesOf(qkv, heads);
    const dqkv = heap.output(qkv.shape);
    const room = heap.allocate(4 * sizes.tokens ** 2);
    const [up, from, kept, to] = [dy, qkv, shares, dqkv].map((tensor) => heap.addressOf(tensor));
    attentionBackward(wasmGemm(), up, from, kept, to, room, sizes);
    heap.free(room);
    return dqkv;
  });
}

function sizesOf({ shape }: TensorInfo, heads: number): AttentionSizes {
  return { batch: shape[0], tokens: shape[1], heads, width: shape[2] / 3 };
}
