import { type Tensor2D, tensorflow } from "../../compute/tensors/tf.js";
import type { Matrix } from "../../core/matrix.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions } from "../../core/progress.js";
import { type Coder, decode, encode } from "./coder.js";
import { tokenGroups } from "./losses.js";
import { toLayoutOrder, toTokenOrder } from "./views.js";

/** Tokens that are encoded at once. */
const tokensAtOnce = 40_960;

/** z of rows in the layout's order: [rows, latent], on the active backend. */
export function encodeRows(coder: Coder, rows: Matrix, options: LongRunOptions): Promise<Matrix> {
  return inBatches(coder, rows, coder.config.latent, options, (batch) =>
    encode(coder, tokenGroups(batch, coder.plan)),
  );
}

/** Reconstructions of rows in the layout's order, from their z: [rows, parameters]. */
export async function reconstructRows(coder: Coder, rows: Matrix, options: LongRunOptions): Promise<Matrix> {
  const { plan } = coder;
  const found = await inBatches(coder, rows, plan.parameters, options, (batch) => {
    const groups = decode(coder, encode(coder, tokenGroups(batch, plan)));
    const flat = groups.map((group, i) =>
      group.reshape([batch.shape[0], plan.groups[i].tokens * plan.groups[i].width]),
    );
    return flat.length === 1 ? (flat[0] as Tensor2D) : (tensorflow().concat(flat, 1) as Tensor2D);
  });
  return { ...found, data: toLayoutOrder(found.data, plan) };
}

async function inBatches(
  coder: Coder,
  rows: Matrix,
  cols: number,
  options: LongRunOptions,
  compute: (batch: Tensor2D) => Tensor2D,
): Promise<Matrix> {
  const tf = tensorflow();
  const { parameters, tokens } = coder.plan;
  const vectors = toTokenOrder(rows, coder.plan);
  const out = new Float32Array(rows.rows * cols);
  const size = Math.max(1, Math.floor(tokensAtOnce / (tokens + 1)));
  const pacer = new Pacer("hyper-representations", rows.rows, "rows", options);
  for (let from = 0; from < rows.rows; from += size) {
    const to = Math.min(rows.rows, from + size);
    const result = tf.tidy(() =>
      compute(tf.tensor2d(vectors.subarray(from * parameters, to * parameters), [to - from, parameters])),
    );
    try {
      out.set(await result.data<"float32">(), from * cols);
    } finally {
      result.dispose();
    }
    await pacer.add(to - from);
  }
  return { data: out, rows: rows.rows, cols };
}
