import { afterEach, describe, expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/select.js";
import { HyperrepTraining } from "#lib/workbook/bench/hyperrep-model.js";

const tiny = { tokens: 3, width: 5, d: 8, heads: 2, blocks: 1, hidden: 12, latent: 4, batch: 6 };

describe.each(["cpu", "wasm"] as const)("a training on %s", (backend) => {
  const count = backend === "wasm" ? 1000 : 50;
  let training: HyperrepTraining | undefined;
  afterEach(() => training?.dispose());

  test(`leaves no tensor behind in ${count} steps`, async () => {
    const { tf } = await selectBackend({ backend });
    const empty = tf.memory().numTensors;
    training = new HyperrepTraining(tiny);
    training.step().dispose();
    const { numTensors, numBytes } = tf.memory();
    for (let i = 1; i < count; i++) training.step().dispose();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    training.dispose();
    training = undefined;
    expect(tf.memory().numTensors).toBe(empty);
  });

  test("leaves none when a step fails half-way", async () => {
    const { tf } = await selectBackend({ backend });
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
