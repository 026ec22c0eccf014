import { valueAndGradients } from "../../compute/tensors/gradients/value-and-gradients.js";
import { addBias, linear, ntXent, relu, transformerBlock } from "../../compute/tensors/ops/index.js";
import type { BlockParameters, LinearParameters } from "../../compute/tensors/ops/transformer-block.js";
import { Adam } from "../../compute/tensors/optimizers/adam.js";
import { sizeOf } from "../../compute/tensors/sizes.js";
import {
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensorflow,
  type Variable,
} from "../../compute/tensors/tf.js";
import { RandomStream } from "../../core/random.js";

/** Sizes of a transformer autoencoder over weight tokens. */
export interface HyperrepSize {
  readonly tokens: number;
  /** Values of a token. */
  readonly width: number;
  /** Width of the blocks. */
  readonly d: number;
  readonly heads: number;
  /** Of the encoder, and of the decoder. */
  readonly blocks: number;
  readonly hidden: number;
  readonly latent: number;
  readonly batch: number;
}

/** The sizes of test/bench/peers/torch_hyperrep.py, and a small one. */
export const hyperrepSizes = {
  /** For tests. */
  tiny: { tokens: 3, width: 5, d: 8, heads: 2, blocks: 1, hidden: 12, latent: 4, batch: 6 },
  small: { tokens: 9, width: 16, d: 128, heads: 1, blocks: 2, hidden: 512, latent: 50, batch: 500 },
  large: { tokens: 60, width: 42, d: 256, heads: 4, blocks: 4, hidden: 1024, latent: 50, batch: 200 },
} satisfies Record<string, HyperrepSize>;

/**
 * The training that the benchmark measures: the same steps as test/bench/peers/torch_hyperrep.py, on random data. Two
 * augmented views of a batch, mean squared error of both reconstructions plus NT-Xent (temperature .1) on a projection
 * of the latents, Adam.
 */
export class HyperrepTraining {
  readonly variables: Variable[] = [];
  private readonly rng = RandomStream.fromSeed(1).split("hyperrep");
  private readonly adam = new Adam({ learningRate: 1e-4, weightDecay: 1e-9 });
  private readonly data: Float32Array;
  private readonly embed: LinearParameters;
  private readonly debed: LinearParameters;
  private readonly positions: Tensor2D;
  private readonly decoderPositions: Tensor2D;
  private readonly encoder: readonly BlockParameters[];
  private readonly decoder: readonly BlockParameters[];
  private readonly toLatent: LinearParameters;
  private readonly fromLatent: LinearParameters;
  private readonly project: readonly [LinearParameters, LinearParameters];

  constructor(private readonly size: HyperrepSize) {
    const { tokens, width, d, blocks, latent, batch } = size;
    this.data = Float32Array.from({ length: 4 * batch * tokens * width }, () => this.rng.normal(0, 0.2));
    this.embed = this.linear(d, width);
    this.debed = this.linear(width, d);
    // The compression token is the row of its position: token and position are only ever added.
    this.positions = this.variable([tokens + 1, d], 0.02);
    this.decoderPositions = this.variable([tokens, d], 0.02);
    this.encoder = Array.from({ length: blocks }, () => this.block());
    this.decoder = Array.from({ length: blocks }, () => this.block());
    this.toLatent = this.linear(latent, d);
    this.fromLatent = this.linear(d, latent);
    this.project = [this.linear(latent, latent), this.linear(latent, latent)];
  }

  /** One optimiser step; the loss before it, to be read and disposed of. */
  step(): Tensor {
    const tf = tensorflow();
    const { batch, tokens, width } = this.size;
    return tf.tidy(() => {
      const views = tf.tensor3d(this.views(), [2 * batch, tokens, width]);
      const { value, grads } = valueAndGradients(() => this.loss(views).asScalar(), this.variables);
      this.adam.step(this.variables, grads);
      return value;
    });
  }

  dispose(): void {
    this.adam.dispose();
    for (const variable of this.variables) variable.dispose();
  }

  private loss(views: Tensor): Tensor {
    const tf = tensorflow();
    const { latents, reconstructed } = this.forward(views);
    const error = tf.sub(reconstructed, views).square().mean();
    const [first, second] = this.project;
    const hidden = relu(linear(latents, first.kernel, first.bias));
    const projected = linear(hidden, second.kernel, second.bias);
    const [left, right] = tf.split(projected, 2, 0) as Tensor2D[];
    return tf.add(error, ntXent(left, right, 0.1));
  }

  private forward(views: Tensor): { latents: Tensor2D; reconstructed: Tensor } {
    const tf = tensorflow();
    const { tokens, d, heads } = this.size;
    const count = views.shape[0];
    const embedded = linear(views, this.embed.kernel, this.embed.bias);
    const withToken = tf.pad(embedded, [[0, 0], [1, 0], [0, 0]]); // biome-ignore format: one line
    const placed = addBias(
      withToken.reshape([count, (tokens + 1) * d]),
      this.positions.reshape([-1]) as Tensor1D,
    );
    let x: Tensor = placed.reshape([count, tokens + 1, d]);
    for (const block of this.encoder) x = transformerBlock(x, block, { heads });
    const compressed = tf.slice(x, [0, 0, 0], [count, 1, d]).reshape([count, d]);
    const latents = linear(compressed, this.toLatent.kernel, this.toLatent.bias).tanh() as Tensor2D;
    const start = linear(latents, this.fromLatent.kernel, this.fromLatent.bias).reshape([count, 1, d]);
    let y: Tensor = tf.add(start, this.decoderPositions.reshape([1, tokens, d]));
    for (const block of this.decoder) y = transformerBlock(y, block, { heads });
    return { latents, reconstructed: linear(y, this.debed.kernel, this.debed.bias) };
  }

  /** Two views of a random batch: neurons in another order, multiplicative noise, a tenth erased. */
  private views(): Float32Array {
    const { rng, data } = this;
    const { batch, tokens, width } = this.size;
    const chosen = Array.from({ length: batch }, () => rng.integer(4 * batch));
    const views = new Float32Array(2 * batch * tokens * width);
    let to = 0;
    for (let view = 0; view < 2; view++) {
      const order = rng.permutation(tokens);
      for (const sample of chosen) {
        for (let token = 0; token < tokens; token++) {
          const from = (sample * tokens + order[token]) * width;
          for (let i = 0; i < width; i++) {
            const value = data[from + i] * (1 + 0.05 * rng.normal());
            views[to++] = rng.uniform() > 0.1 ? value : 0;
          }
        }
      }
    }
    return views;
  }

  private block(): BlockParameters {
    const { d, hidden } = this.size;
    return {
      norm1: this.norm(),
      qkv: this.linear(3 * d, d),
      out: this.linear(d, d),
      norm2: this.norm(),
      first: this.linear(hidden, d),
      second: this.linear(d, hidden),
    };
  }

  private norm() {
    const { d } = this.size;
    return { gamma: this.variable<Tensor1D>([d], 0, 1), beta: this.variable<Tensor1D>([d], 0) };
  }

  private linear(outputs: number, inputs: number): LinearParameters {
    const deviation = 1 / Math.sqrt(3 * inputs);
    return {
      kernel: this.variable<Tensor2D>([outputs, inputs], deviation),
      bias: this.variable<Tensor1D>([outputs], deviation),
    };
  }

  private variable<T extends Tensor = Tensor2D>(shape: number[], deviation: number, mean = 0): T {
    const tf = tensorflow();
    const size = sizeOf(shape);
    const values = Float32Array.from({ length: size }, () => this.rng.normal(mean, deviation));
    const variable = tf.tidy(() => tf.variable(tf.tensor(values, shape)));
    this.variables.push(variable);
    return variable as unknown as T;
  }
}
