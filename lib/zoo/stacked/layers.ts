import { cutColumns } from "../../compute/tensors/maps/columns.js";
import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { batchNormEpsilon, sizeOf } from "../../networks/shapes.js";
import { tensorActivations } from "./activations.js";
import { normalise, normaliseBack } from "./batch-norm.js";
import { Patcher } from "./patches.js";
import type { Kernel, Slot, StackedLayer, StackedPlan } from "./plan.js";
import { maxPool, maxPoolBack } from "./pooling.js";
import { pixels } from "./windows.js";

/** A batch of all models on its way through the layers. */
export interface Pass {
  readonly models: number;
  /** Of each model. */
  readonly samples: number;
  /** [models, trained values] */
  readonly weights: Tensor;
  /** [models, statistics], undefined without batch norm. */
  readonly running: Tensor | undefined;
  /** Masks of the dropout layers, [models x samples, pixels, channels] each; undefined: nothing is dropped. */
  readonly masks: readonly Tensor[] | undefined;
  /** Batch norm by the batch's own statistics, and what the way back needs is kept. */
  readonly training: boolean;
}

/** What a layer gives, what its way back needs, and fresh statistics (mean, unbiased variance) of a batch norm. */
export interface LayerResult {
  readonly y: Tensor;
  readonly saved: readonly Tensor[];
  readonly statistics?: readonly Tensor[];
}

/** What a layer gives back. */
export interface LayerGradients {
  /** Gradient to the input; undefined where it is not asked for. */
  readonly dx: Tensor | undefined;
  /** By offset of their slots: [models, values]. */
  readonly weights: readonly (readonly [Slot, Tensor])[];
}

/** The layers of a network on stacked maps [models x samples, pixels, channels]. Its methods run within tf.tidy. */
export class StackedLayers {
  private readonly patchers: readonly (Patcher | undefined)[];

  constructor(
    private readonly tf: TensorFlow,
    private readonly plan: StackedPlan,
  ) {
    this.patchers = plan.layers.map((layer) =>
      "windows" in layer ? new Patcher(tf, layer.windows) : undefined,
    );
  }

  dispose(): void {
    for (const patcher of this.patchers) patcher?.dispose();
  }

  /** Runs one layer. What is saved may be its input or output itself. */
  forward(index: number, x: Tensor, pass: Pass): LayerResult {
    const { tf } = this;
    const layer = this.plan.layers[index];
    const patcher = this.patchers[index];
    switch (layer.type) {
      case "dense": {
        const flat = x.reshape([pass.models, pass.samples, layer.kernel.rows]);
        const y = this.product(flat, layer, pass);
        return { y: y.reshape([pass.models * pass.samples, 1, layer.kernel.cols]), saved: [x] };
      }
      case "conv2d": {
        const count = pixels(layer.windows.output);
        const patches = patcher!.patches(x).reshape([pass.models, pass.samples * count, layer.kernel.rows]);
        const y = this.product(patches, layer, pass);
        return { y: y.reshape([pass.models * pass.samples, count, layer.kernel.cols]), saved: [patches] };
      }
      case "max-pool": {
        const { y, winners } = maxPool(tf, patcher!, x, pass.training);
        return { y, saved: winners ? [winners] : [] };
      }
      case "average-pool": {
        const { taps, output } = layer.windows;
        const windows = patcher!.patches(x).reshape([x.shape[0] * pixels(output), taps, x.shape[2]!]);
        return { y: windows.mean(1).reshape([x.shape[0], pixels(output), x.shape[2]!]), saved: [] };
      }
      case "global-average-pool":
        return { y: x.mean(1, true), saved: [] };
      case "batch-norm":
        return this.normalised(layer, x, pass);
      case "dropout": {
        const mask = pass.masks?.[layer.number];
        return { y: mask ? x.mul(mask) : x, saved: [] };
      }
      case "activation": {
        const { value, slopeFrom } = tensorActivations[layer.activation];
        const y = value(tf, x);
        return { y, saved: [slopeFrom === "value" ? y : x] };
      }
    }
  }

  /**
   * Gradients of one layer.
   * @param wanted whether the gradient to its input is
   */
  backward(index: number, dy: Tensor, saved: readonly Tensor[], pass: Pass, wanted: boolean): LayerGradients {
    const { tf } = this;
    const layer = this.plan.layers[index];
    const patcher = this.patchers[index];
    const input = this.plan.shapes[index];
    const rows = pass.models * pass.samples;
    switch (layer.type) {
      case "dense": {
        const flat = saved[0].reshape([pass.models, pass.samples, layer.kernel.rows]);
        const slopes = dy.reshape([pass.models, pass.samples, layer.kernel.cols]);
        const dx = wanted
          ? tf
              .matMul(slopes, this.matrix(layer.kernel, pass), false, true)
              .reshape([rows, pixels(input), input.channels])
          : undefined;
        return { dx, weights: this.kernelGradients(layer, flat, slopes, pass) };
      }
      case "conv2d": {
        const slopes = dy.reshape([
          pass.models,
          pass.samples * pixels(layer.windows.output),
          layer.kernel.cols,
        ]);
        const dx = wanted ? this.convolutionBack(layer, patcher!, dy, pass) : undefined;
        return { dx, weights: this.kernelGradients(layer, saved[0], slopes, pass) };
      }
      case "max-pool":
        return { dx: maxPoolBack(tf, patcher!, dy, saved[0]), weights: [] };
      case "average-pool": {
        const { taps } = layer.windows;
        const shares = dy.mul(1 / taps).reshape([dy.shape[0] * dy.shape[1]!, 1, input.channels]);
        const spread = tf.tile(shares, [1, taps, 1]).reshape([rows, dy.shape[1]! * taps, input.channels]);
        return { dx: patcher!.collect(spread), weights: [] };
      }
      case "global-average-pool": {
        const count = pixels(input);
        return { dx: tf.tile(dy.mul(1 / count), [1, count, 1]), weights: [] };
      }
      case "batch-norm": {
        const [normalised, root] = saved;
        const gamma = this.matrix(layer.gamma, pass);
        const slopes = dy.reshape(normalised.shape);
        const { dx, products, sums } = normaliseBack(slopes, normalised, root, gamma);
        const { cols } = layer.gamma;
        return {
          dx: wanted ? dx.reshape(dy.shape) : undefined,
          weights: [
            [layer.gamma, products.reshape([pass.models, cols])],
            [layer.beta, sums.reshape([pass.models, cols])],
          ],
        };
      }
      case "dropout": {
        const mask = pass.masks?.[layer.number];
        return { dx: mask ? dy.mul(mask) : dy, weights: [] };
      }
      case "activation":
        return { dx: dy.mul(tensorActivations[layer.activation].slope(tf, saved[0])), weights: [] };
    }
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

  /**
   * Gradient to a convolution's input. With stride 1 every pixel gathers the gradients at its readers, and one product
   * with the transposed kernel adds them up; with larger strides most readers would be missing, so gradients of patches
   * are made first and collected.
   */
  private convolutionBack(
    { kernel, windows }: Extract<StackedLayer, { type: "conv2d" }>,
    patcher: Patcher,
    dy: Tensor,
    pass: Pass,
  ): Tensor {
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

  private normalised(
    layer: Extract<StackedLayer, { type: "batch-norm" }>,
    x: Tensor,
    pass: Pass,
  ): LayerResult {
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
}

/** Values of a sample before each layer and, last, of the output. */
export function flowSizes({ shapes }: StackedPlan): number[] {
  return shapes.map(sizeOf);
}
