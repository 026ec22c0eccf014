import { afterEach, expect, test } from "vitest";
import { valueAndGradients } from "#lib/compute/tensors/gradients/value-and-gradients.js";
import { type Scalar, tensorflow } from "#lib/compute/tensors/tf.js";
import { InterruptedError } from "#lib/core/errors.js";
import { HyperrepTraining } from "#lib/workbook/bench/hyperrep-model.js";
import { held, withoutOperation } from "../helpers/scarce.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";

const tiny = { tokens: 3, width: 5, d: 8, heads: 2, blocks: 1, hidden: 12, latent: 4, batch: 6 };

const steps = { cpu: 50, wasm: 1000, webgpu: 30 };
const tf = tensorflow();

onEngines(engines, "a training", ({ backend }) => {
  const count = steps[backend];
  let training: HyperrepTraining | undefined;
  afterEach(() => training?.dispose());

  test(`leaves no tensor behind in ${count} steps`, () => {
    const empty = tf.memory().numTensors;
    training = new HyperrepTraining(tiny);
    training.step().dispose();
    const { numTensors, numBytes } = tf.memory();
    const data = tf.backend().numDataIds();
    for (let i = 1; i < count; i++) training.step().dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    expect(tf.backend().numDataIds()).toBe(data);
    training.dispose();
    training = undefined;
    expect(tf.memory().numTensors).toBe(empty);
  });

  test("leaves none when a step fails half-way", () => {
    const whole = new HyperrepTraining(tiny);
    training = whole;
    whole.step().dispose();
    const { numTensors } = tf.memory();
    // The optimiser misses a gradient after all of them were computed.
    const last = whole.variables.pop();
    whole.variables.push(tf.tidy(() => tf.variable(tf.zeros([1]), true, "stranger")));
    expect(() => whole.step()).toThrow("stranger");
    whole.variables.pop()?.dispose();
    if (last) whole.variables.push(last);
    expect(tf.memory().numTensors).toBe(numTensors);
    whole.step().dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test("leaves nothing when an operation of its forward or backward pass fails", async () => {
    const whole = new HyperrepTraining(tiny);
    training = whole;
    whole.step().dispose();
    const before = held();
    const count = withoutOperation(Number.POSITIVE_INFINITY, () => whole.step().dispose());
    expect(count).toBeGreaterThan(50);
    for (let i = 0; i < 12; i++) {
      // Adam is made of operations where it has no kernel.
      const step = () => withoutOperation(Math.floor((i * count) / 12), () => whole.step());
      expect(step).toThrow("this operation fails");
      expect(held()).toEqual(before);
    }
    const loss = whole.step();
    expect((await loss.data())[0]).toBeGreaterThan(0);
    loss.dispose();
    expect(held()).toEqual(before);
  });

  test("leaves nothing when its loss is interrupted, within other gradients too", () => {
    const variable = tf.tidy(() => tf.variable(tf.ones([3])));
    const before = held();
    const interrupted = (): never => {
      tf.square(variable).sum();
      throw new InterruptedError("the training");
    };
    expect(() => valueAndGradients(interrupted, [variable])).toThrow(InterruptedError);
    expect(held()).toEqual(before);
    const outer = () => {
      const once = tf.square(variable).sum<Scalar>();
      expect(() => valueAndGradients(interrupted, [variable])).toThrow(InterruptedError);
      return once;
    };
    const { value, grads } = valueAndGradients(outer, [variable]);
    expect(value.shape).toEqual([]);
    expect(grads[variable.name].shape).toEqual([3]);
    tf.dispose([value, grads[variable.name]]);
    expect(held()).toEqual(before);
    variable.dispose();
  });
});
