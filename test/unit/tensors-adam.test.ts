import { afterAll, expect, test } from "vitest";
import { Adam } from "#lib/compute/tensors/optimizers/adam.js";
import { tensorflow, type Variable } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { engines, onEngines } from "../helpers/tensor-engines.js";

const tf = tensorflow();

const sizes = [1, 3, 4, 7, 130];
const settings = [
  { learningRate: 0.01 },
  { learningRate: 0.01, weightDecay: 0.1 },
  { learningRate: 0.01, weightDecay: 0.1, decoupled: true, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 },
];

/** The published formulas in float64, for one value. */
function expected(weights: number[], gradients: number[][], setting: (typeof settings)[number]): number[] {
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false, ...setting };
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled } = options;
  return weights.map((start, i) => {
    let [w, m, v] = [start, 0, 0];
    gradients.forEach((step, t) => {
      const g = step[i] + (decoupled ? 0 : weightDecay * w);
      if (decoupled) w -= learningRate * weightDecay * w;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const [mean, square] = [m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))];
      w -= (learningRate * mean) / (Math.sqrt(square) + epsilon);
    });
    return w;
  });
}

onEngines(engines, "Adam", ({ name }) => {
  afterAll(() => tf.disposeVariables());

  const rng = RandomStream.fromSeed(5).split(name);
  const draw = (count: number) => Array.from({ length: count }, () => rng.normal());

  function steps(optimizer: Adam, variables: Variable[], gradients: number[][][]): void {
    for (const step of gradients) {
      tf.tidy(() => {
        const named = Object.fromEntries(variables.map(({ name }, i) => [name, tf.tensor1d(step[i])]));
        optimizer.step(variables, named);
      });
    }
  }

  test.each(settings)("follows the formulas: %j", async (setting) => {
    const starts = sizes.map(draw);
    const gradients = Array.from({ length: 12 }, () => sizes.map(draw));
    const variables = starts.map((start) => tf.tidy(() => tf.variable(tf.tensor1d(start))));
    const before = tf.memory().numTensors;
    const optimizer = new Adam(setting);
    steps(optimizer, variables, gradients);
    for (const [i, variable] of variables.entries()) {
      const wanted = expected(
        starts[i],
        gradients.map((step) => step[i]),
        setting,
      );
      const values = await variable.data();
      wanted.forEach((value, k) => {
        expect(Math.abs(values[k] - value)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
      });
    }
    expect(tf.memory().numTensors).toBe(before + 2 * sizes.length);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("leaves copies of the weights alone", async () => {
    const first = tf.tensor1d([1, 2, 3]);
    const variable = tf.variable(first);
    const copy = variable.clone();
    const optimizer = new Adam({ learningRate: 0.1 });
    steps(optimizer, [variable], [[[1, 1, 1]], [[1, 1, 1]]]);
    expect([...(await copy.data())]).toEqual([1, 2, 3]);
    expect([...(await first.data())]).toEqual([1, 2, 3]);
    expect((await variable.data())[0]).toBeCloseTo(0.8, 5);
    optimizer.dispose();
    tf.dispose([first, copy]);
  });

  test("goes on bit by bit from a kept state", async () => {
    const gradients = Array.from({ length: 10 }, () => [draw(7)]);
    const start = draw(7);
    const unbroken = tf.variable(tf.tensor1d(start), true, `unbroken ${name}`);
    const optimizer = new Adam({ learningRate: 0.1, weightDecay: 0.01 });
    steps(optimizer, [unbroken], gradients.slice(0, 4));
    const state = await optimizer.state();
    const kept = (await unbroken.data()).slice();
    steps(optimizer, [unbroken], gradients.slice(4));
    const whole = [...(await unbroken.data())];

    const resumed = new Adam({ learningRate: 0.1, weightDecay: 0.01 });
    unbroken.assign(tf.tensor1d(kept));
    resumed.restore(state, [unbroken]);
    steps(resumed, [unbroken], gradients.slice(4));
    expect([...(await unbroken.data())]).toEqual(whole);
    const other = tf.variable(tf.zeros([3]), true, `other ${name}`);
    expect(() => resumed.restore(state, [other])).toThrow(
      `does not have the moments of variable "other ${name}"`,
    );
    expect(() => resumed.step([other], {})).toThrow(`variable "other ${name}" of [3] has no gradient`);
  });
});

test("refuses options that are not, or cannot be", () => {
  expect(() => new Adam({ learningRate: 0.1, decay: 1 } as never)).toThrow('Adam has no option "decay"');
  expect(() => new Adam({ learningRate: -1 })).toThrow("learningRate is -1; give a number of at least 0");
  expect(() => new Adam({ learningRate: 1, beta1: 1 })).toThrow(
    "beta1 is 1; give a number from 0 to below 1",
  );
  expect(() => new Adam({ learningRate: Number.NaN })).toThrow("learningRate is NaN");
});
