import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import type { OptimizerSpec } from "../types.js";

/** What an optimiser keeps of each weight; the weights themselves stand first. */
export interface StackedState {
  readonly weights: Tensor;
  readonly moments: readonly Tensor[];
}

/** Number of moments of an optimiser: velocities or Adam's two; RMSprop's squares and momentum buffer. */
export function momentCount(optimizer: OptimizerSpec): number {
  return optimizer.type === "sgd" ? 1 : 2;
}

/**
 * Numbers of several models as a tensor that multiplies [models, weights]: a column, or one number where all are equal.
 */
export type Column = (values: readonly number[]) => Tensor;

/** One model's hyper-parameters and what of its optimiser is a number: powers of Adam's betas, in double precision. */
export interface ModelOptimizer {
  readonly spec: OptimizerSpec;
  /** Learning rate of the present epoch. */
  rate: number;
  beta1Power: number;
  beta2Power: number;
}

/** A model's optimiser at its start. */
export function startOptimizer(spec: OptimizerSpec): ModelOptimizer {
  return { spec, rate: spec.learningRate, beta1Power: 1, beta2Power: 1 };
}

/**
 * One step of torch's (1.13) optimisers on all models, which have one type of optimiser. Call it within tf.tidy.
 * @param gradients [models, weights], of the loss alone
 * @returns the new state; the old one is left alone
 */
export function optimize(
  tf: TensorFlow,
  state: StackedState,
  gradients: Tensor,
  models: readonly ModelOptimizer[],
): StackedState {
  const column = columnMaker(tf);
  const { spec } = models[0];
  if (spec.type === "sgd") return descend(state, gradients, models, column);
  if (spec.type === "rmsprop") return rootMeanSquare(state, gradients, models, column);
  return adam(tf, state, gradients, models, column);
}

function columnMaker(tf: TensorFlow): Column {
  return (values) =>
    values.every((value) => value === values[0])
      ? tf.scalar(values[0])
      : tf.tensor2d(Float32Array.from(values), [values.length, 1]);
}

/** g + weightDecay w. */
function decayed(
  weights: Tensor,
  gradients: Tensor,
  models: readonly ModelOptimizer[],
  column: Column,
): Tensor {
  if (models.every(({ spec }) => spec.weightDecay === 0)) return gradients;
  return gradients.add(weights.mul(column(models.map(({ spec }) => spec.weightDecay))));
}

function momentumOf({ spec }: ModelOptimizer): number {
  return "momentum" in spec ? spec.momentum : 0;
}

/** v = m v + g; w -= lr v, or with Nesterov's momentum lr (g + m v). */
function descend(
  { weights, moments: [velocity] }: StackedState,
  gradients: Tensor,
  models: readonly ModelOptimizer[],
  column: Column,
): StackedState {
  const g = decayed(weights, gradients, models, column);
  const momentum = column(models.map(momentumOf));
  const rate = column(models.map((model) => model.rate));
  const v = velocity.mul(momentum).add(g);
  const { spec } = models[0];
  const step = spec.type === "sgd" && spec.nesterov ? v.mul(momentum).add(g) : v;
  return { weights: weights.sub(step.mul(rate)), moments: [v] };
}

/** s = a s + (1 - a) g^2; v = m v + g / (sqrt(s) + epsilon); w -= lr v. */
function rootMeanSquare(
  { weights, moments: [velocity, squares] }: StackedState,
  gradients: Tensor,
  models: readonly ModelOptimizer[],
  column: Column,
): StackedState {
  const of = (value: (spec: Extract<OptimizerSpec, { type: "rmsprop" }>) => number) =>
    column(models.map(({ spec }) => (spec.type === "rmsprop" ? value(spec) : 0)));
  const g = decayed(weights, gradients, models, column);
  const s = squares.mul(of(({ alpha }) => alpha)).add(g.mul(of(({ alpha }) => 1 - alpha)).mul(g));
  const step = g.div(s.sqrt().add(of(({ epsilon }) => epsilon)));
  const v = velocity.mul(column(models.map(momentumOf))).add(step);
  return { weights: weights.sub(v.mul(column(models.map(({ rate }) => rate)))), moments: [v, s] };
}

type AdamSpec = Extract<OptimizerSpec, { type: "adam" | "adamw" }>;

/** m = b1 m + (1 - b1) g; s = b2 s + (1 - b2) g^2; w -= step m / (sqrt(s) / root + epsilon). */
function adam(
  tf: TensorFlow,
  { weights, moments: [first, second] }: StackedState,
  gradients: Tensor,
  models: readonly ModelOptimizer[],
  column: Column,
): StackedState {
  const of = (value: (spec: AdamSpec, model: ModelOptimizer) => number) =>
    column(models.map((model) => value(model.spec as AdamSpec, model)));
  for (const model of models) {
    const { beta1, beta2 } = model.spec as AdamSpec;
    model.beta1Power *= beta1;
    model.beta2Power *= beta2;
  }
  let w = weights;
  let g = gradients;
  if (models[0].spec.type === "adam") {
    g = decayed(weights, gradients, models, column);
  } else if (models.some(({ spec }) => spec.weightDecay !== 0)) {
    const round = Math.fround;
    w = weights.mul(of(({ weightDecay }, { rate }) => 1 - round(round(rate) * round(weightDecay))));
  }
  const m = first.mul(of(({ beta1 }) => beta1)).add(g.mul(of(({ beta1 }) => 1 - beta1)));
  const s = second.mul(of(({ beta2 }) => beta2)).add(g.mul(of(({ beta2 }) => 1 - beta2)).mul(g));
  const root = of((_, { beta2Power }) => Math.sqrt(1 - beta2Power));
  const step = of((_, { rate, beta1Power }) => rate / (1 - beta1Power));
  const scale = tf
    .sqrt(s)
    .div(root)
    .add(of(({ epsilon }) => epsilon));
  return { weights: w.sub(m.div(scale).mul(step)), moments: [m, s] };
}
