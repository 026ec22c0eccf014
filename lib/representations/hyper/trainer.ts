import { valueAndGradients } from "../../compute/tensors/gradients/value-and-gradients.js";
import { Adam } from "../../compute/tensors/optimizers/adam.js";
import { type Tensor2D, tensorflow, type Variable } from "../../compute/tensors/tf.js";
import { DataError } from "../../core/errors.js";
import type { Matrix } from "../../core/matrix.js";
import { RandomStream } from "../../core/random.js";
import type { Coder, CoderDropout } from "./coder.js";
import type { HyperConfig } from "./config.js";
import { viewLoss } from "./losses.js";
import { type HyperSetup, modelPlan } from "./model.js";
import { initialParameters, type ParameterShape, type ParameterValues } from "./parameter-shapes.js";
import {
  disposeParameters,
  type ParameterTensors,
  parameterValues,
  parameterVariables,
} from "./parameters.js";
import { learningRateAt, type StallState } from "./schedule.js";
import type { TokenPlan } from "./tokens.js";
import { ViewMaker } from "./views.js";

/** First and second moments of Adam by parameter. */
export interface TrainerState {
  readonly steps: number;
  readonly values: ParameterValues;
  readonly means: ParameterValues;
  readonly squares: ParameterValues;
}

/** The error of a training whose loss is not a number any more after `step` steps. */
export function diverged(step: number, loss: number, { learningRate }: HyperConfig): DataError {
  const message = `the training of a hyper-representation diverged at step ${step}: its loss is ${loss}; lower learningRate (${learningRate})`;
  return new DataError("hyper/diverged", message, { value: step });
}

/**
 * The parameters of a hyper-representation on the active tensor backend, and steps of training. What a step does depends
 * on seed, step and state only, so that a training that goes on from a state ends with the bits of an unbroken one.
 */
export class HyperTrainer {
  readonly coder: Coder;
  readonly plan: TokenPlan;
  readonly batch: number;
  readonly batchesPerEpoch: number;
  private readonly rng: RandomStream;
  private readonly maker: ViewMaker;
  private readonly adam: Adam;
  private readonly variables: ParameterTensors<Variable>;
  private order: { readonly epoch: number; readonly rows: Uint32Array } | undefined;

  /** @param rows of the training, in the layout's order */
  constructor(
    private readonly setup: HyperSetup,
    private readonly rows: Matrix,
    state?: TrainerState,
  ) {
    const { config, seed, network } = setup;
    const { plan, shapes } = modelPlan(setup);
    this.plan = plan;
    this.batch = Math.min(config.batch, rows.rows);
    this.batchesPerEpoch = Math.floor(rows.rows / this.batch);
    this.rng = RandomStream.fromSeed(seed).split("hyper-representation");
    this.maker = new ViewMaker(config, plan, network);
    this.adam = new Adam({ learningRate: config.learningRate, weightDecay: config.weightDecay });
    const values = state?.values ?? initialParameters(shapes, this.rng.split("parameters"));
    this.variables = parameterVariables(shapes, values);
    this.coder = { config, plan, parameters: this.variables };
    if (state) this.restore(state, shapes);
  }

  /**
   * One optimiser step.
   * @param step 0-based
   * @returns the loss before it
   * @throws DataError "hyper/diverged" when the loss is not a number any more
   */
  async step(step: number, stall: StallState): Promise<number> {
    const tf = tensorflow();
    const { config } = this.setup;
    const { parameters } = this.plan;
    const { views, targets, samples } = this.maker.make(
      this.rows,
      this.chosen(step),
      this.rng.split("views", step),
    );
    const variables = this.trained();
    this.adam.learningRate = learningRateAt(step, config, stall);
    const loss = tf.tidy(() => {
      const shape: [number, number] = [2 * samples, parameters];
      const input = tf.tensor2d(views, shape);
      const wanted: Tensor2D = targets === views ? input : tf.tensor2d(targets, shape);
      const dropout = this.dropout(step);
      const { value, grads } = valueAndGradients(
        () => viewLoss(this.coder, input, wanted, dropout).total,
        variables,
      );
      this.adam.step(variables, grads);
      return value;
    });
    const [value] = await loss.data();
    loss.dispose();
    if (Number.isFinite(value)) return value;
    throw diverged(step + 1, value, config);
  }

  /** A copy of what must be kept to go on. */
  async state(): Promise<TrainerState> {
    const { steps, moments } = await this.adam.state();
    const byName = (part: "mean" | "square"): ParameterValues =>
      new Map(
        [...this.variables].map(([name, variable]) => [
          name,
          moments[variable.name]?.[part] ?? new Float32Array(variable.size),
        ]),
      );
    return { steps, values: await this.values(), means: byName("mean"), squares: byName("square") };
  }

  values(): Promise<ParameterValues> {
    return parameterValues(this.variables);
  }

  dispose(): void {
    this.adam.dispose();
    disposeParameters(this.variables);
  }

  /** Rows of a step: every epoch all rows in a new order, without those that do not fill a batch. */
  private chosen(step: number): Uint32Array {
    const epoch = Math.floor(step / this.batchesPerEpoch);
    if (this.order?.epoch !== epoch) {
      this.order = { epoch, rows: this.rng.split("epoch", epoch).permutation(this.rows.rows) };
    }
    const from = (step % this.batchesPerEpoch) * this.batch;
    return this.order.rows.subarray(from, from + this.batch);
  }

  private dropout(step: number): CoderDropout {
    const own = this.rng.split("dropout", step);
    return { seed: (index) => own.split(index).uint32() };
  }

  /** The variables that the loss depends on: a decoder that is not trained, or a head, has no gradient. */
  private trained(): Variable[] {
    const { loss } = this.setup.config;
    const unused = loss === "Ec" ? "decoder." : loss === "ED" ? "project." : undefined;
    return [...this.variables].flatMap(([name, variable]) =>
      unused && name.startsWith(unused) ? [] : [variable],
    );
  }

  private restore({ steps, means, squares }: TrainerState, shapes: readonly ParameterShape[]): void {
    const moments = Object.fromEntries(
      shapes.map(({ name }) => [
        this.variables.get(name)!.name,
        { mean: means.get(name)!, square: squares.get(name)! },
      ]),
    );
    this.adam.restore({ steps, moments }, [...this.variables.values()]);
  }
}
