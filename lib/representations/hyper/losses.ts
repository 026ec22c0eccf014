import { ntXent } from "../../compute/tensors/ops/index.js";
import { type Scalar, type Tensor, type Tensor2D, tensorflow } from "../../compute/tensors/tf.js";
import { type Coder, type CoderDropout, decode, encode, project } from "./coder.js";
import type { HyperConfig } from "./config.js";
import type { TokenPlan } from "./tokens.js";

/** The parts of a loss; what a configuration does not use is not computed. */
export interface LossParts {
  readonly total: Scalar;
  /** Mean over batch and weights. */
  readonly reconstruction?: Scalar;
  readonly contrast?: Scalar;
}

/** Cuts vectors in token order into groups of tokens: [batch, tokens, width] each. */
export function tokenGroups(vectors: Tensor2D, { groups, parameters }: TokenPlan): Tensor[] {
  const [batch] = vectors.shape;
  return groups.map(({ offset, tokens, width }) => {
    const size = tokens * width;
    const own = size === parameters ? vectors : tensorflow().slice(vectors, [0, offset], [batch, size]);
    return own.reshape([batch, tokens, width]);
  });
}

/**
 * The loss of a batch of two views each (paper, Section 3), within `tidy`: ED the mean squared error; Ec NT-Xent (Eq. 2)
 * as the mean over its anchors; EcD beta x error + (1 - beta) x NT-Xent; Ec+D the same with the positive contrast (Eq. 3).
 * @param views [2 samples, parameters], the first views before the second ones
 * @param targets as views
 */
export function viewLoss(
  coder: Coder,
  views: Tensor2D,
  targets: Tensor2D,
  dropout?: CoderDropout,
): LossParts {
  const tf = tensorflow();
  const { loss, beta } = coder.config;
  const z = encode(coder, tokenGroups(views, coder.plan), dropout);
  const reconstruction = loss === "Ec" ? undefined : meanSquaredError(coder, z, targets, dropout);
  const contrast = loss === "ED" ? undefined : contrastOf(coder, z);
  if (!contrast) return { total: reconstruction!, reconstruction };
  if (!reconstruction) return { total: contrast, contrast };
  const total = tf.add(tf.mul(reconstruction, beta), tf.mul(contrast, 1 - beta)) as Scalar;
  return { total, reconstruction, contrast };
}

function meanSquaredError(coder: Coder, z: Tensor2D, targets: Tensor2D, dropout?: CoderDropout): Scalar {
  const tf = tensorflow();
  const wanted = tokenGroups(targets, coder.plan);
  const sums = decode(coder, z, dropout).map((group, i) => tf.sub(group, wanted[i]).square().sum());
  return tf.div(tf.addN(sums), targets.size) as Scalar;
}

function contrastOf(coder: Coder, z: Tensor2D): Scalar {
  const [first, second] = tensorflow().split(project(coder, z), 2, 0) as Tensor2D[];
  const { loss, temperature } = coder.config;
  return loss === "Ec+D" ? positiveContrast(first, second, coder.config) : ntXent(first, second, temperature);
}

/**
 * Eq. 3, minus the cosine similarity of the two views, without the constant log T. "released": as the authors' code has
 * it, the mean square of cosine / T over all 2N views, divided by 2N, which is smallest where the views are orthogonal.
 */
function positiveContrast(first: Tensor2D, second: Tensor2D, { positive, temperature }: HyperConfig): Scalar {
  const tf = tensorflow();
  const norm = (z: Tensor) => tf.sqrt(tf.maximum(tf.sum(tf.square(z), 1), 1e-24));
  const cosine = tf.div(tf.sum(tf.mul(first, second), 1), tf.mul(norm(first), norm(second)));
  if (positive === "cosine") return tf.neg(tf.mean(cosine)) as Scalar;
  return tf.div(tf.mean(tf.square(cosine)), temperature * temperature * 2 * first.shape[0]) as Scalar;
}
