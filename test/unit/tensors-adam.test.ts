import { afterAll, expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { Adam } from "#lib/compute/tensors/optimizers/adam.js";
import { type Scalar, tensorflow, type Variable } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { held, withoutAllocation } from "../helpers/scarce.js";
import { engines, onEngines, wasmEngines } from "../helpers/tensor-engines.js";

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

type Four = Parameters<typeof tf.depthwiseConv2d>[0] & Parameters<typeof tf.depthwiseConv2d>[1];

/** Operations whose kernels keep weights packed, with losses that are linear in them, and the first slope's sign. */
const packing = {
  "a depthwise convolution": {
    shape: [3, 3, 4, 1],
    direction: -1,
    apply: (w: Variable) =>
      tf.depthwiseConv2d(tf.ones([1, 5, 5, 4]) as Four, w as unknown as Four, 1, "valid"),
  },
  "a fused depthwise convolution": {
    shape: [3, 3, 4, 1],
    direction: -1,
    apply: (w: Variable) => {
      const [x, filter] = [tf.ones([1, 5, 5, 4]) as Four, w as unknown as Four];
      return tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "valid", activation: "relu" });
    },
  },
  PReLU: { shape: [4], direction: 1, apply: (w: Variable) => tf.prelu(tf.fill([2, 4], -1), w) },
};

onEngines(
  engines.filter(({ backend }) => backend !== "webgpu"),
  "a step reaches",
  () => {
    test.each(Object.entries(packing))("the weights of %s", async (_, { shape, direction, apply }) => {
      const weights = tf.tidy(() => tf.variable(tf.fill(shape, 0.5)));
      const optimizer = new Adam({ learningRate: 0.1 });
      const losses: number[] = [];
      for (let i = 0; i < 4; i++) {
        const { value, grads } = tf.variableGrads(() => apply(weights).sum<Scalar>(), [weights]);
        losses.push((await value.data())[0]);
        optimizer.step([weights], grads);
        tf.dispose([value, ...Object.values(grads)]);
      }
      // A slope that stays the same moves every weight by the learning rate.
      losses.forEach((loss, i) => {
        expect(loss / losses[0]).toBeCloseTo(1 + 0.2 * direction * i, 4);
      });
      optimizer.dispose();
      weights.dispose();
    });
  },
);

onEngines(wasmEngines, "Adam in place", () => {
  test("leaves copies alone that were made on another backend", async () => {
    await selectBackend({ backend: "cpu" });
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
    const copy = variable.clone();
    await selectBackend({ backend: "wasm" });
    const optimizer = new Adam({ learningRate: 0.1 });
    tf.tidy(() => optimizer.step([variable], { [variable.name]: tf.ones([3]) }));
    expect([...(await copy.data())]).toEqual([1, 2, 3]);
    expect((await variable.data())[0]).toBeCloseTo(0.9, 5);
    optimizer.dispose();
    tf.dispose([variable, copy]);
  });

  test("takes a step whole or not at all, whichever allocation fails", async () => {
    const variables = [4, 5].map((size) => tf.tidy(() => tf.variable(tf.ones([size]))));
    // A copy makes that a step must take room for new weights.
    const copy = variables[1].clone();
    const gradients = Object.fromEntries(variables.map(({ name, shape }) => [name, tf.ones(shape)]));
    const optimizer = new Adam({ learningRate: 0.1 });
    const before = held();
    let count = 0;
    const step = () => optimizer.step(variables, gradients);
    for (; withoutAllocation(count, step).failed; count++) {
      expect(held().tensors).toBe(before.tensors);
      expect(await optimizer.state()).toEqual({ steps: 0, moments: {} });
      for (const variable of variables) expect(Math.min(...(await variable.data()))).toBe(1);
    }
    expect(count).toBeGreaterThan(4);
    expect((await optimizer.state()).steps).toBe(1);
    for (const variable of variables) expect((await variable.data())[0]).toBeCloseTo(0.9, 5);
    optimizer.dispose();
    tf.dispose([...variables, copy, ...Object.values(gradients)]);
  });
});

onEngines(engines, "Adam refuses", ({ name: engine }) => {
  test("a variable that has the name of one of another shape", async () => {
    const name = `reborn ${engine}`;
    const optimizer = new Adam({ learningRate: 0.1 });
    const make = (size: number) => tf.tidy(() => tf.variable(tf.zeros([size]), true, name));
    const step = (variable: Variable) =>
      tf.tidy(() => optimizer.step([variable], { [name]: tf.ones(variable.shape) }));
    const first = make(4);
    step(first);
    first.dispose();
    const second = make(400);
    const neighbours = Array.from({ length: 40 }, () => tf.fill([50], 7));
    expect(() => step(second)).toThrow(
      `variable "${name}" of [400] has the name of one of [4], whose moments are kept; dispose the optimiser or give`,
    );
    for (const neighbour of neighbours)
      expect((await neighbour.data()).every((value) => value === 7)).toBe(true);
    expect((await optimizer.state()).steps).toBe(1);
    optimizer.dispose();
    step(second);
    expect((await second.data())[399]).toBeCloseTo(-0.1, 5);
    optimizer.dispose();
    tf.dispose([second, ...neighbours]);
  });

  test("values that are not float32", () => {
    const optimizer = new Adam({ learningRate: 0.1 });
    const variable = tf.tidy(() => tf.variable(tf.zeros([2])));
    const { numTensors } = tf.memory();
    const gradients = (dtype: "int32" | "float32") => ({ [variable.name]: tf.tensor1d([5, 5], dtype) });
    expect(() => tf.tidy(() => optimizer.step([variable], gradients("int32")))).toThrow(
      `variable "${variable.name}" holds float32, its gradient int32; give float32`,
    );
    expect(tf.memory().numTensors).toBe(numTensors);
    variable.dispose();
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
