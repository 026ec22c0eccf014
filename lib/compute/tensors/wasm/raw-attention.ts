import { wasmGemm } from "./gemm.js";
import { tensorKernels } from "./kernels.js";

/** Sizes of an attention layer; `width` is the width of all heads together. */
export interface AttentionSizes {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly width: number;
}

/**
 * Whether products by a matrix library pay for their calls, measured with OpenBLAS on one thread: at 61 tokens and
 * heads of 64 they are 1.9 times as fast as the kernels without it, at 10 tokens and heads of 128 as fast, at 10 tokens
 * and heads of 16 half as fast.
 */
function isLarge({ tokens, heads, width }: AttentionSizes): boolean {
  return tokens >= 32 || (tokens >= 16 && (tokens * width) / heads >= 1024);
}

/** The factor of the scores: 1 / sqrt(width of a head). */
function attentionScale({ heads, width }: AttentionSizes): number {
  return 1 / Math.sqrt(width / heads);
}

/**
 * Attention on addresses: out [batch, tokens, width] of qkv [batch, tokens, 3 width]. With `keep`, `probabilities`
 * receives [batch, heads, tokens, tokens] for the backward pass, else it is room for one head's [tokens, tokens].
 */
export function attentionForward(
  qkv: number,
  out: number,
  probabilities: number,
  keep: boolean,
  sizes: AttentionSizes,
): void {
  const { batch, tokens, heads, width } = sizes;
  const kernels = tensorKernels();
  const scale = attentionScale(sizes);
  if (!isLarge(sizes)) {
    const kept = keep ? 1 : 0;
    kernels.attentionForward(qkv, out, probabilities, kept, batch, tokens, heads, width, scale);
    return;
  }
  const gemm = wasmGemm();
  const head = width / heads;
  eachHead(sizes, (inputs, outputs, place) => {
    const q = qkv + inputs;
    const shares = probabilities + (keep ? place : 0);
    gemm(false, true, tokens, tokens, head, 1, q, 3 * width, q + 4 * width, 3 * width, 0, shares, tokens);
    kernels.softmaxForward(shares, shares, tokens, tokens, scale);
    gemm(
      false,
      false,
      tokens,
      head,
      tokens,
      1,
      shares,
      tokens,
      q + 8 * width,
      3 * width,
      0,
      out + outputs,
      width,
    );
  });
}

/**
 * dqkv of dout, from qkv and the kept probabilities; `room` holds [tokens, tokens] values for the while. dqkv may not
 * be qkv.
 */
export function attentionBackward(
  dout: number,
  qkv: number,
  probabilities: number,
  dqkv: number,
  room: number,
  sizes: AttentionSizes,
): void {
  const { batch, tokens, heads, width } = sizes;
  const kernels = tensorKernels();
  const scale = attentionScale(sizes);
  if (!isLarge(sizes)) {
    kernels.attentionBackward(dout, qkv, probabilities, dqkv, room, batch, tokens, heads, width, scale);
    return;
  }
  const gemm = wasmGemm();
  const head = width / heads;
  const line = 3 * width;
  eachHead(sizes, (inputs, outputs, place) => {
    const [q, k, v] = [0, 4, 8].map((part) => qkv + inputs + part * width);
    const [dq, dk, dv] = [0, 4, 8].map((part) => dqkv + inputs + part * width);
    const up = dout + outputs;
    const shares = probabilities + place;
    gemm(false, true, tokens, tokens, head, 1, up, width, v, line, 0, room, tokens);
    kernels.softmaxBackward(room, shares, room, tokens, tokens, scale);
    gemm(false, false, tokens, head, tokens, 1, room, tokens, k, line, 0, dq, line);
    gemm(true, false, tokens, head, tokens, 1, room, tokens, q, line, 0, dk, line);
    gemm(true, false, tokens, head, tokens, 1, shares, tokens, up, width, 0, dv, line);
  });
}

/** Calls with the distances (bytes) of a head's queries, outputs and probabilities from their arrays' beginnings. */
function eachHead(
  { batch, tokens, heads, width }: AttentionSizes,
  visit: (inputs: number, outputs: number, place: number) => void,
): void {
  const head = (4 * width) / heads;
  for (let sample = 0; sample < batch; sample++) {
    for (let h = 0; h < heads; h++) {
      const outputs = 4 * sample * tokens * width;
      visit(3 * outputs + h * head, outputs + h * head, 4 * (sample * heads + h) * tokens * tokens);
    }
  }
}
