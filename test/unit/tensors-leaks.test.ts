import { afterEach, expect, test } from "vitest";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { HyperrepTraining } from "#lib/workbook/bench/hyperrep-model.js";
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
});
