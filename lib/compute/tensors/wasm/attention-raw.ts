import type { BlockSetting } from "./block-setting.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";

type Sizes = Pick<BlockSetting, "batch" | "tokens" | "heads" | "d">;

export function attentionForward(
  qkv: number,
  out: number,
  probabilities: number,
  keep: 0 | 1,
  { batch, tokens, heads, d }: Sizes,
): void {
  tensorKernels().attentionForward(
    qkv,
    out,
    probabilities,
    keep,
    batch,
    tokens,
    heads,
    d,
    1 / Math.sqrt(d / heads),
  );
}

export function attentionBackward(
  dout: number,
  qkv: number,
  probabilities: number,
  dqkv: number,
  { batch, tokens, heads, d }: Sizes,
): void {
  const heap = wasmHeap();
  const room = heap.allocate(4 * tokens * tokens);
  tensorKernels().attentionBackward(
    dout,
    qkv,
    probabilities,
    dqkv,
    room,
    batch,
    tokens,
    heads,
    d,
    1 / Math.sqrt(d / heads),
  );
  heap.free(room);
}
