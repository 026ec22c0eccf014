import { checkOptions, SpecError } from "../../core/errors.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import type { Points } from "../../core/numeric/points.js";
import type { RandomStream } from "../../core/random.js";
import type { SoftmaxWeights } from "./softmax-fit.js";

/** The published optimiser; how long it ran and on which batches is not printed. */
export interface AdamSettings {
  readonly epochs: number;
  /** Rows of a batch. Default 500. */
  readonly batchSize?: number;
  /** Orders the rows of each epoch. */
  readonly rng: RandomStream;
}

const learningRate = 1e-4;
const weightDecay = 1e-6;
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/**
 * A linear softmax by Adam (Kingma and Ba 2015) with learning rate 1e-4 and weight decay 1e-6 added to the gradient, as
 * torch does, from zeros. Not converged: after few epochs the weights are still near their start.
 * @throws SpecError "probe/adam" for epochs or batches that are not positive and whole; InterruptedError
 */
export async function adamSoftmax(
  points: Points,
  labels: Int32Array,
  classes: number,
  settings: AdamSettings,
  pacer: Pacer,
): Promise<SoftmaxWeights> {
  checkOptions(settings, ["epochs", "batchSize", "rng"], "softmaxProbe's adam");
  const { epochs, batchSize = 500, rng } = settings;
  for (const value of [epochs, batchSize]) {
    if (Number.isInteger(value) && value > 0) continue;
    const message = `softmaxProbe's adam got ${value}; epochs and batchSize are positive whole numbers`;
    throw new SpecError("probe/adam", message, { value });
  }
  const { rows, cols } = points;
  // One row of features and an intercept for each class.
  const stride = cols + 1;
  const state = adamState(classes * stride);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = rng.split("epoch", epoch).permutation(rows);
    for (let from = 0; from < rows; from += batchSize) {
      const batch = order.subarray(from, Math.min(rows, from + batchSize));
      batchGradient(points, labels, batch, state.parameters, state.gradient);
      adamStep(state);
      if (pacer.due()) await pacer.pause();
    }
  }
  const weights = new Float64Array(classes * cols);
  for (let c = 0; c < classes; c++) {
    weights.set(state.parameters.subarray(c * stride, c * stride + cols), c * cols);
  }
  return {
    weights,
    intercepts: Float64Array.from({ length: classes }, (_, c) => state.parameters[c * stride + cols]),
  };
}

interface AdamState {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  steps: number;
}

function adamState(size: number): AdamState {
  const zeros = () => new Float64Array(size);
  return { parameters: zeros(), gradient: zeros(), first: zeros(), second: zeros(), steps: 0 };
}

/** Gradient of the batch's mean cross-entropy, into `gradient` [classes, features + 1]. */
function batchGradient(
  { data, cols }: Points,
  labels: Int32Array,
  batch: Uint32Array,
  parameters: Float64Array,
  gradient: Float64Array,
): void {
  const stride = cols + 1;
  const classes = parameters.length / stride;
  const shares = new Float64Array(classes);
  gradient.fill(0);
  for (const row of batch) {
    const start = row * cols;
    for (let c = 0; c < classes; c++) {
      const line = c * stride;
      let logit = parameters[line + cols];
      for (let j = 0; j < cols; j++) logit += parameters[line + j] * data[start + j];
      shares[c] = logit;
    }
    const largest = Math.max(...shares);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      shares[c] = Math.exp(shares[c] - largest);
      sum += shares[c];
    }
    for (let c = 0; c < classes; c++) {
      const residual = (shares[c] / sum - (labels[row] === c ? 1 : 0)) / batch.length;
      const line = c * stride;
      for (let j = 0; j < cols; j++) gradient[line + j] += residual * data[start + j];
      gradient[line + cols] += residual;
    }
  }
}

function adamStep(state: AdamState): void {
  const { parameters, gradient, first, second } = state;
  state.steps++;
  const firstScale = 1 / (1 - beta1 ** state.steps);
  const secondScale = 1 / (1 - beta2 ** state.steps);
  for (let p = 0; p < parameters.length; p++) {
    const g = gradient[p] + weightDecay * parameters[p];
    first[p] = beta1 * first[p] + (1 - beta1) * g;
    second[p] = beta2 * second[p] + (1 - beta2) * g * g;
    parameters[p] -= (learningRate * first[p] * firstScale) / (Math.sqrt(second[p] * secondScale) + epsilon);
  }
}
