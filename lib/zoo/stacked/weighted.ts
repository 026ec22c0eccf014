import { cutColumns } from "../../compute/tensors/maps/columns.js";
import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { batchNormEpsilon } from "../../networks/shapes.js";
import { normalise, normaliseBack } from "./batch-norm.js";
import type { LayerGradients, LayerResult, Pass } from "./pass.js";
import type { Patcher } from "./patches.js";
import type { Kernel, Slot, StackedLayer } from "./plan.js";
import { pixels } from "./windows.js";

type Dense = Extract<StackedLayer, { type: "dense" }>;
type Convolution = Extract<StackedLayer, { type: "conv2d" }>;
type BatchNorm = Extract<StackedLayer, { type: "batch-norm" }>;

/** The layers that have weights, as batched matrix products over the models. All run within tf.tidy. */
export class WeightedLayers {
  constructor(private readonly tf: TensorFlow) {}

  /** All of a map's values are inputs. */
  dense(layer: Dense, x: Tensor, pass: Pass): LayerResult {
    const flat = x.reshape([pass.models, pass.samples, layer.kernel.rows]);
    const y = this.product(flat, layer, pass);
    return { y: y.reshape([pass.models * pass.samples, 1, layer.kernel.cols]), saved: [x] };
  }

  denseBack(layer: Dense, dy: Tensor, x: Tensor, pass: Pass, wanted: boolean): LayerGradients {
    const flat = x.reshape([pass.models, pass.samples, layer.kernel.rows]);
    const slopes = dy.reshape([pass.models, pass.samples, layer.kernel.cols]);
    const weights = this.kernelGradients(layer, flat, slopes, pass);
    if (!wanted) return { dx: undefined, weights };
    const dx = this.tf.matMul(slopes, this.matrix(layer.kernel, pass), false, true);
    return { dx: dx.reshape(x.shape), weights };
  }

  /** A product of the map's patches with the kernel; the patches are kept. */
  convolution(layer: Convolution, patcher: Patcher, x: Tensor, pass: Pass): LayerResult {
    const count = pixels(layer.windows.output);
    const patches = patcher.patches(x).reshape([pass.models, pass.samples * count, layer.kernel.rows]);
    const y = this.product(patches, layer, pass);
    return { y: y.reshape([pass.models * pass.samples, count, layer.kernel.cols]), saved: [patches] };
  }

  convolutionBack(
    layer: Convolution,
    patcher: Patcher,
    dy: Tensor,
    patches: Tensor,
    pass: Pass,
    wanted: boolean,
  ): LayerGradients {
    const slopes = dy.reshape([pass.models, pass.samples * pixels(layer.windows.output), layer.kernel.cols]);
    return {
      dx: wanted ? this.inputGradient(layer, patcher, dy, pass) : undefined,
      weights: this.kernelGradients(layer, patches, slopes, pass),
    };
  }

  /**
   * Gradient to a convolution's input. With stride 1 every pixel gathers the gradients at its readers, and one product
   * with the transposed kernel adds them up; with larger strides most readers would be missing, so gradients of patches
   * are made first and collected.
   */
  private inputGradient({ kernel, windows }: Convolution, patcher: Patcher, dy: Tensor, pass: Pass): Tensor {
    const { tf } = this;
    const { models, samples } = pass;
    const rows = models * samples;
    const [count, { taps }] = [pixels(windows.input), windows];
    const channels = kernel.rows / taps;
    if (windows.stride > 1) {
      const slopes = dy.reshape([models, samples * pixels(windows.output), kernel.cols]);
      const patches = tf.matMul(slopes, this.matrix(kernel, pass), false, true);
      return patcher.collect(patches.reshape([rows, pixels(windows.output) * taps, channels]));
    }
    const readers = patcher.readers(dy).reshape([models, samples * count, taps * kernel.cols]);
    const byTap = this.cut(pass.weights, kernel).reshape([models * taps, channels, kernel.cols]);
    const turned = tf.transpose(byTap, [0, 2, 1]).reshape([models, taps * kernel.cols, channels]);
    return tf.matMul(readers, turned).reshape([rows, count, channels]);
  }

  /** By the batch's own statistics while training, else by the running ones. */
  batchNorm(layer: BatchNorm, x: Tensor, pass: Pass): LayerResult {
    const { models } = pass;
    const shape = [models, x.size / models / layer.gamma.cols, layer.gamma.cols];
    const [gamma, beta] = [this.matrix(layer.gamma, pass), this.matrix(layer.beta, pass)];
    const rows = x.reshape(shape);
    if (pass.training) {
      const { y, normalised, root, mean, variance } = normalise(rows, gamma, beta);
      return { y: y.reshape(x.shape), saved: [normalised, root], statistics: [mean, variance] };
    }
    const statistic = (slot: Slot) => this.cut(pass.running!, slot).reshape([models, 1, slot.cols]);
    const root = statistic(layer.variance).add(batchNormEpsilon).sqrt();
    const y = rows.sub(statistic(layer.mean)).div(root).mul(gamma).add(beta);
    return { y: y.reshape(x.shape), saved: [] };
  }

  batchNormBack(
    layer: BatchNorm,
    dy: Tensor,
    [normalised, root]: readonly Tensor[],
    pass: Pass,
    wanted: boolean,
  ): LayerGradients {
    const gamma = this.matrix(layer.gamma, pass);
    const { dx, products, sums } = normaliseBack(dy.reshape(normalised.shape), normalised, root, gamma);
    const { cols } = layer.gamma;
    return {
      dx: wanted ? dx.reshape(dy.shape) : undefined,
      weights: [
        [layer.gamma, products.reshape([pass.models, cols])],
        [layer.beta, sums.reshape([pass.models, cols])],
      ],
    };
  }

  /** A slot of every model's trained weights: [models, rows, cols]. */
  private matrix(slot: Slot, { weights, models }: Pass): Tensor {
    return this.cut(weights, slot).reshape([models, slot.rows, slot.cols]);
  }

  private cut(from: Tensor, { offset, rows, cols }: Slot): Tensor {
    return cutColumns(this.tf, from, offset, rows * cols);
  }

  private product(x: Tensor, { kernel, bias }: Kernel, pass: Pass): Tensor {
    const y = this.tf.matMul(x, this.matrix(kernel, pass));
    return bias ? y.add(this.matrix(bias, pass)) : y;
  }

  private kernelGradients({ kernel, bias }: Kernel, x: Tensor, dy: Tensor, { models }: Pass) {
    const gradients: [Slot, Tensor][] = [
      [kernel, this.tf.matMul(x, dy, true, false).reshape([models, kernel.rows * kernel.cols])],
    ];
    if (bias) gradients.push([bias, dy.sum(1)]);
    return gradients;
  }
}
