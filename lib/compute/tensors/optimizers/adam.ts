import { checkOptions, SpecError } from "../../../core/errors.js";
import { type NamedTensorMap, type Tensor, tensorflow, type Variable } from "../tf.js";
import { type AdamFactors, adamInPlace, type Moments, worksInPlace } from "../wasm/adam.js";

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
   * One step. The gradients, by the variables' names as `variableGrads` gives them, stay the caller's.
   * @throws SpecError when a variable has no gradient, or one of another shape
   */
  step(variables: readonly Variable[], gradients: NamedTensorMap): void {
    const pairs = variables.map((variable) => {
      const gradient = gradients[variable.name];
      const fits = gradient && String(gradient.shape) === String(variable.shape);
      if (!fits) {
        const found = gradient ? `a gradient of [${gradient.shape}]` : "no gradient";
        const message = `Adam: variable "${variable.name}" of [${variable.shape}] has ${found}; give every variable that is trained its own`;
        throw new SpecError("optimizer/gradient", message, { value: variable.name });
      }
      return { variable, gradient };
    });
    this.steps++;
    const factors = this.factors();
    const tf = tensorflow();
    for (const { variable, gradient } of pairs) {
      const moments = this.momentsOf(variable);
      if (worksInPlace(variable)) adamInPlace(variable, gradient, moments, factors);
      else tf.tidy(() => stepByOperations(variable, gradient, moments, factors));
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
    for (const { mean, square } of this.moments.values()) {
      mean.dispose();
      square.dispose();
    }
    this.moments.clear();
    this.steps = 0;
  }

  private momentsOf({ name, shape }: Variable): Moments {
    let moments = this.moments.get(name);
    if (!moments) {
      const tf = tensorflow();
      moments = { mean: tf.keep(tf.zeros(shape)), square: tf.keep(tf.zeros(shape)) };
      this.moments.set(name, moments);
    }
    return moments;
  }

  private factors(): AdamFactors {
    const { beta1, beta2, epsilon, weightDecay, decoupled } = this.options;
    return {
      beta1,
      beta2,
      epsilon,
      stepSize: this.learningRate / (1 - beta1 ** this.steps),
      rootScale: 1 / Math.sqrt(1 - beta2 ** this.steps),
      decay: decoupled ? 0 : weightDecay,
      shrink: decoupled ? 1 - this.learningRate * weightDecay : 1,
    };
  }
}

/** The same step by tfjs's operations, on any backend; to be called within `tidy`. */
function stepByOperations(
  variable: Variable,
  gradient: Tensor,
  moments: Moments,
  factors: AdamFactors,
): void {
  const { beta1, beta2, epsilon, stepSize, rootScale, decay, shrink } = factors;
  const tf = tensorflow();
  const g = decay === 0 ? gradient : gradient.add(variable.mul(decay));
  const mean = moments.mean.mul(beta1).add(g.mul(1 - beta1));
  const square = moments.square.mul(beta2).add(g.square().mul(1 - beta2));
  const step = mean.mul(stepSize).div(square.sqrt().mul(rootScale).add(epsilon));
  variable.assign((shrink === 1 ? variable : variable.mul(shrink)).sub(step) as Tensor);
  moments.mean.dispose();
  moments.square.dispose();
  moments.mean = tf.keep(mean);
  moments.square = tf.keep(square);
}
