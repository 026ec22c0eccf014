import { type TensorFlow, tensorflow, type Variable } from "../tf.js";

/** Rates of the active backend on two fixed programs; the same programs on every backend. */
export interface Rates {
  /** 2 n^3 operations of an n x n matrix product, n = 512, in 1e9 a second. */
  readonly matmulGflops: number;
  /** Training steps a second of an MLP 196-128-10 on 64 images: loss, gradients, SGD. */
  readonly stepsPerSecond: number;
}

const side = 512;
const layers = [196, 128, 10];
const batch = 64;
/** Steps between two looks at a result: a GPU is asked for work ahead, as training does. */
const stride = 8;

/** Measures the active backend for about `seconds` of time in all, a warm-up not counted. */
export async function measureRates(seconds: number): Promise<Rates> {
  const tf = tensorflow();
  const matmuls = await matmulsPerSecond(tf, seconds / 2);
  const stepsPerSecond = await trainingRate(tf, seconds / 2);
  return { matmulGflops: (2 * side ** 3 * matmuls) / 1e9, stepsPerSecond };
}

async function matmulsPerSecond(tf: TensorFlow, seconds: number): Promise<number> {
  const [a, b] = [values(tf, [side, side], 1), values(tf, [side, side], 2)];
  const rate = await repeat(seconds, 1, () => tf.tidy(() => tf.matMul(a, b).sum()));
  tf.dispose([a, b]);
  return rate;
}

async function trainingRate(tf: TensorFlow, seconds: number): Promise<number> {
  const images = values(tf, [batch, layers[0]], 3);
  const labels = tf.tidy(() => tf.oneHot(tf.range(0, batch, 1, "int32").mod(10).toInt(), 10));
  const variables = layers.slice(1).flatMap((width, index) => {
    const kernel = tf.tidy(() => values(tf, [layers[index], width], 4 + index).mul(0.1));
    const bias = tf.zeros([width]);
    const made = [tf.variable(kernel), tf.variable(bias)];
    tf.dispose([kernel, bias]);
    return made;
  });
  const rate = await repeat(seconds, stride, () => trainingStep(tf, variables, images, labels));
  tf.dispose([images, labels, ...variables]);
  return rate;
}

type Tensor = ReturnType<TensorFlow["tensor"]>;

/** One step of SGD in place; returns the loss before it. */
function trainingStep(
  tf: TensorFlow,
  variables: readonly Variable[],
  images: Tensor,
  labels: Tensor,
): Tensor {
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => {
      const hidden = tf.tanh(tf.matMul(images, variables[0]).add(variables[1]));
      const logits = tf.matMul(hidden, variables[2]).add(variables[3]);
      return tf.losses.softmaxCrossEntropy(labels, logits);
    }, [...variables]);
    for (const variable of variables) variable.assign(variable.sub(grads[variable.name].mul(0.1)));
    return value;
  });
}

/** Calls a second, of calls whose results are waited for `together` at a time; the first such group warms up. */
async function repeat(seconds: number, together: number, run: () => Tensor): Promise<number> {
  await group(together, run);
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < seconds) {
    await group(together, run);
    calls += together;
    elapsed = (performance.now() - start) / 1000;
  }
  return calls / elapsed;
}

/** Several calls; the last one's result is fetched, which waits for them all. */
async function group(count: number, run: () => Tensor): Promise<void> {
  for (let call = 0; call < count; call++) {
    const result = run();
    if (call === count - 1) await result.data();
    result.dispose();
  }
}

/** Numbers in [-1, 1) without a pattern that matters. */
function values(tf: TensorFlow, shape: [number, number], salt: number): Tensor {
  const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, index) => {
    return ((Math.imul(index + 1, 0x9e3779b1 + 2 * salt) >>> 8) / 2 ** 24) * 2 - 1;
  });
  return tf.tensor(data, shape);
}
