import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import { tensorActivations } from "./activations.js";
import type { LayerGradients, LayerResult, Pass } from "./pass.js";
import { Patcher } from "./patches.js";
import type { StackedPlan } from "./plan.js";
import { averagePool, averagePoolBack, maxPool, maxPoolBack } from "./pooling.js";
import { WeightedLayers } from "./weighted.js";
import { pixels } from "./windows.js";

/** The layers of a network on stacked maps [models x samples, pixels, channels]. Its methods run within tf.tidy. */
export class StackedLayers {
  private readonly weighted: WeightedLayers;
  private readonly patchers: readonly (Patcher | undefined)[];

  constructor(
    private readonly tf: TensorFlow,
    private readonly plan: StackedPlan,
  ) {
    this.weighted = new WeightedLayers(tf);
    this.patchers = plan.layers.map((layer) =>
      "windows" in layer ? new Patcher(tf, layer.windows) : undefined,
    );
  }

  dispose(): void {
    for (const patcher of this.patchers) patcher?.dispose();
  }

  /** Runs one layer. What is saved may be its input or output itself. */
  forward(index: number, x: Tensor, pass: Pass): LayerResult {
    const { tf, weighted } = this;
    const layer = this.plan.layers[index];
    const patcher = this.patchers[index];
    switch (layer.type) {
      case "dense":
        return weighted.dense(layer, x, pass);
      case "conv2d":
        return weighted.convolution(layer, patcher!, x, pass);
      case "batch-norm":
        return weighted.batchNorm(layer, x, pass);
      case "max-pool": {
        const { y, winners } = maxPool(tf, patcher!, x, pass.training);
        return { y, saved: winners ? [winners] : [] };
      }
      case "average-pool":
        return { y: averagePool(patcher!, x), saved: [] };
      case "global-average-pool":
        return { y: x.mean(1, true), saved: [] };
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
    const { tf, weighted } = this;
    const layer = this.plan.layers[index];
    const patcher = this.patchers[index];
    switch (layer.type) {
      case "dense":
        return weighted.denseBack(layer, dy, saved[0], pass, wanted);
      case "conv2d":
        return weighted.convolutionBack(layer, patcher!, dy, saved[0], pass, wanted);
      case "batch-norm":
        return weighted.batchNormBack(layer, dy, saved, pass, wanted);
      case "max-pool":
        return { dx: maxPoolBack(tf, patcher!, dy, saved[0]), weights: [] };
      case "average-pool":
        return { dx: averagePoolBack(tf, patcher!, dy), weights: [] };
      case "global-average-pool": {
        const count = pixels(this.plan.shapes[index]);
        return { dx: tf.tile(dy.mul(1 / count), [1, count, 1]), weights: [] };
      }
      case "dropout": {
        const mask = pass.masks?.[layer.number];
        return { dx: mask ? dy.mul(mask) : dy, weights: [] };
      }
      case "activation":
        return { dx: dy.mul(tensorActivations[layer.activation].slope(tf, saved[0])), weights: [] };
    }
  }
}
