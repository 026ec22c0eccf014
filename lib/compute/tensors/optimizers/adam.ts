import { checkOptions, SpecError } from "../../../core/errors.js";
import { type NamedTensorMap, type Tensor, tensorflow, type Variable } from "../tf.js";
import {
  type AdamFactors,
  type AdamWork,
  adamInPlace,
  type Moments,
  prepareInPlace,
  worksInPlace,
} from "../wasm/adam.js";

/** Options of `Adam`; torch's defaults. */
export interface AdamOptions {
  readonly learningRate: number;
  /** .9 by default. */
  readonly beta1?: number;
  /** .999 by default. */
  readonly beta2?: number;
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
  /** 0 by default. */
  readonly weightDecay?: number;
  /** Whether the decay is taken off the weights instead of added to the gradient (AdamW); false by default. */
  readonly decoupled?: boolean;
}

/** All that `Adam` remembers, to be kept beside a model's weights: moments by the variables' names. */
export interface AdamState {
  readonly steps: number;
  readonly moments: Readonly<Record<string, { readonly mean: Float32Array; readonly square: Float32Array }>>;
}

const optionNames = ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", "decoupled"];

/**
 * Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019) with torch's formulas, a step over all variables at
 * once; on the wasm backend in place, by a kernel of our own. The moments belong to the backend that is set at the
 * first step.
 */
export class Adam {
  /** May be changed between steps. */
  learningRate: number;
  private readonly options: Required<AdamOptions>;
  private readonly moments = new Map<string, Moments>();
  private steps = 0;

  /** @throws SpecError for an unknown option, or one out of its range */
  constructor(options: AdamOptions) {
    checkOptions(options, optionNames, "Adam");
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false, ...options };
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this.options;
    const inRange = {
      beta1: beta1 < 1,
      beta2: beta2 < 1,
      epsilon: true,
      learningRate: true,
      weightDecay: true,
    };
    for (const [name, value] of Object.entries({ learningRate, beta1, beta2, epsilon, weightDecay })) {
      if (!(value >= 0 && Number.isFinite(value) && inRange[name as keyof typeof inRange])) {
        const range = name.startsWith("beta") ? "a number from 0 to below 1" : "a number of at least 0";
        throw new SpecError("optimizer/option", `Adam: ${name} is ${value}; give ${range}`, { value });
      }
    }
    this.learningRate = learningRate;
  }

  /**
   * One step, of all variables or, when it throws, of none. The gradients, by the variables' names as `variableGrads`
   * gives them, stay the caller's.
   * @throws SpecError when a variable has no gradient, or one of another shape; when values are not float32; when the
   * moments kept under its name are of another shape
   */
  step(variables: readonly Variable[], gradients: NamedTensorMap): void {
    const pairs = variables.map((variable) => ({ variable, gradient: gradientOf(variable, gradients) }));
    for (const variable of variables) checkMoments(variable, this.moments.get(variable.name));
    const steps = this.steps + 1;
    const factors = this.factors(steps);
    const added: string[] = [];
    try {
      const work = pairs.map((pair) => ({ ...pair, moments: this.momentsOf(pair.variable, added) }));
      if (worksInPlace()) {
        for (const each of work) prepareInPlace(each);
        for (const each of work) adamInPlace(each, factors);
      } else {
        tensorflow().tidy(() => {
          const assignments = work.map((each) => stepByOperations(each, factors));
          for (const assign of assignments) assign();
        });
      }
      this.steps = steps;
    } catch (error) {
      for (const name of added) this.forget(name);
      throw error;
    }
  }

  /** A copy of what must be kept to go on later, bit by bit. */
  async state(): Promise<AdamState> {
    const moments: Record<string, { mean: Float32Array; square: Float32Array }> = {};
    for (const [name, { mean, square }] of this.moments) {
      moments[name] = {
        mean: (await mean.data<"float32">()).slice(),
        square: (await square.data<"float32">()).slice(),
      };
    }
    return { steps: this.steps, moments };
  }

  /**
   * Goes on from a state.
   * @throws SpecError when it does not fit the variables
   */
  restore({ steps, moments }: AdamState, variables: readonly Variable[]): void {
    const tf = tensorflow();
    for (const { name, shape, size } of variables) {
      const kept = moments[name];
      if (kept?.mean.length !== size || kept.square.length !== size) {
        const message = `Adam: the state does not have the moments of variable "${name}" of [${shape}]; it belongs to another model`;
        throw new SpecError("optimizer/state", message, { value: name });
      }
    }
    this.dispose();
    this.steps = steps;
    for (const { name, shape } of variables) {
      const { mean, square } = moments[name];
      this.moments.set(name, {
        mean: tf.keep(tf.tensor(mean, shape, "float32")),
        square: tf.keep(tf.tensor(square, shape, "float32")),
      });
    }
  }

  /** Frees the moments and forgets the steps. */
  dispose(): void {
    for (const name of [...this.moments.keys()]) this.forget(name);
    this.steps = 0;
  }

  /** The moments of a variable; those that had to be made are named in `added`. */
  private momentsOf({ name, shape }: Variable, added: string[]): Moments {
    let moments = this.moments.get(name);
    if (!moments) {
      const tf = tensorflow();
      const [mean, square] = tf.tidy(() => [tf.zeros(shape), tf.zeros(shape)]);
      moments = { mean: tf.keep(mean), square: tf.keep(square) };
      this.moments.set(name, moments);
      added.push(name);
    }
    return moments;
  }

  private forget(name: string): void {
    const moments = this.moments.get(name);
    moments?.mean.dispose();
    moments?.square.dispose();
    this.moments.delete(name);
  }

  private factors(steps: number): AdamFactors {
    const { beta1, beta2, epsilon, weightDecay, decoupled } = this.options;
    return {
      beta1,
      beta2,
      epsilon,
      stepSize: this.learningRate / (1 - beta1 ** steps),
      rootScale: 1 / Math.sqrt(1 - beta2 ** steps),
      decay: decoupled ? 0 : weightDecay,
      shrink: decoupled ? 1 - this.learningRate * weightDecay : 1,
    };
  }
}

function gradientOf({ name, shape, dtype }: Variable, gradients: NamedTensorMap): Tensor {
  const gradient = gradients[name];
  if (!gradient || String(gradient.shape) !== String(shape)) {
    const found = gradient ? `a gradient of [${gradient.shape}]` : "no gradient";
    const message = `Adam: variable "${name}" of [${shape}] has ${found}; give every variable that is trained its own`;
    throw new SpecError("optimizer/gradient", message, { value: name });
  }
  if (dtype !== "float32" || gradient.dtype !== "float32") {
    const message = `Adam: variable "${name}" holds ${dtype}, its gradient ${gradient.dtype}; give float32`;
    throw new SpecError("optimizer/dtype", message, { value: name });
  }
  return gradient;
}

/** Moments are kept by name, and another variable may have got the name since. */
function checkMoments({ name, shape }: Variable, moments: Moments | undefined): void {
  if (!moments || String(moments.mean.shape) === String(shape)) return;
  const message = `Adam: variable "${name}" of [${shape}] has the name of one of [${moments.mean.shape}], whose moments are kept; dispose the optimiser or give the variable another name`;
  throw new SpecError("optimizer/moments", message, { value: name });
}

/** The same step by tfjs's operations, on any backend; to be called within `tidy`, as is what it returns, which assigns. */
function stepByOperations({ variable, gradient, moments }: AdamWork, factors: AdamFactors): () => void {
  const { beta1, beta2, epsilon, stepSize, rootScale, decay, shrink } = factors;
  const tf = tensorflow();
  const g = decay === 0 ? gradient : gradient.add(variable.mul(decay));
  const mean = moments.mean.mul(beta1).add(g.mul(1 - beta1));
  const square = moments.square.mul(beta2).add(g.square().mul(1 - beta2));
  const step = mean.mul(stepSize).div(square.sqrt().mul(rootScale).add(epsilon));
  const next = (shrink === 1 ? variable : variable.mul(shrink)).sub(step) as Tensor;
  return () => {
    variable.assign(next);
    moments.mean.dispose();
    moments.square.dispose();
    moments.mean = tf.keep(mean);
    moments.square = tf.keep(square);
  };
}
