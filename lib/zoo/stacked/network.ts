import type { Tensor, TensorFlow } from "../../compute/tensors/tf.js";
import type { Loss } from "../types.js";
import { Held } from "./held.js";
import { StackedLayers } from "./layers.js";
import { lossAndGradient } from "./losses.js";
import type { Pass } from "./pass.js";
import type { Slot, StackedPlan } from "./plan.js";
import { tidied } from "./tidied.js";

/** What one batch gives. */
export interface BatchGradients {
  /** [models] */
  readonly loss: Tensor;
  /** [models, trained values] */
  readonly gradients: Tensor;
  /** Running statistics after the batch, [models, statistics]; undefined without batch norm. */
  readonly running: Tensor | undefined;
}

/** Share of a batch in the running statistics. */
const freshShare = 0.1;

/** A network of many models, forward and backward, layer by layer with gradients written out: no tape. */
export class StackedNetwork {
  private readonly layers: StackedLayers;

  constructor(
    private readonly tf: TensorFlow,
    readonly plan: StackedPlan,
  ) {
    this.layers = new StackedLayers(tf, plan);
  }

  dispose(): void {
    this.layers.dispose();
  }

  /**
   * Outputs of all models as they are (no dropout, batch norm by running statistics): [models, samples, outputs].
   * @param x [models x samples, pixels, channels]; it is disposed of
   */
  evaluate(x: Tensor, given: Pick<Pass, "models" | "samples" | "weights" | "running">): Tensor {
    return tidied(this.tf, () => {
      const pass: Pass = { ...given, masks: undefined, training: false };
      let flow = x;
      this.plan.layers.forEach((_, index) => {
        const y = tidied(this.tf, () => this.layers.forward(index, flow, pass).y);
        if (y !== flow) flow.dispose();
        flow = y;
      });
      return flow.reshape([pass.models, pass.samples, this.plan.outputs]);
    });
  }

  /**
   * Loss and gradients of one batch of each model. Call it within tf.tidy.
   * @param x [models x samples, pixels, channels]; it is disposed of
   * @param targets one-hot [models, samples, outputs]
   */
  gradients(x: Tensor, targets: Tensor, kind: Loss, given: Omit<Pass, "training">): BatchGradients {
    const { tf, plan } = this;
    const pass: Pass = { ...given, training: true };
    const held = new Held();
    const { output, saved, statistics } = this.forward(x, pass, held);
    const { loss, gradient } = tidied(tf, () => {
      const outputs = output.reshape([pass.models, pass.samples, plan.outputs]);
      const both = lossAndGradient(kind, outputs, targets);
      return { loss: both.loss, gradient: both.gradient.reshape(output.shape) };
    });
    held.release(output);
    const weights = this.backward(gradient, saved, pass, held);
    return {
      loss,
      gradients: this.joined(plan.slots, weights),
      running:
        statistics && tidied(tf, () => pass.running!.mul(1 - freshShare).add(statistics.mul(freshShare))),
    };
  }

  private forward(x: Tensor, pass: Pass, held: Held) {
    const { tf, plan } = this;
    const saved: (readonly Tensor[])[] = [];
    const statistics: Tensor[] = [];
    held.hold(x);
    let flow = x;
    plan.layers.forEach((_, index) => {
      const result = tidied(tf, () => this.layers.forward(index, flow, pass));
      // What lies before the first weights needs no way back.
      const needed = index >= plan.firstTrained ? result.saved : [];
      held.hold(result.y);
      for (const tensor of needed) held.hold(tensor);
      for (const tensor of result.saved) {
        if (tensor === result.y || tensor === flow || needed.includes(tensor)) continue;
        tensor.dispose();
      }
      saved.push(needed);
      for (const one of result.statistics ?? [])
        statistics.push(one.reshape([pass.models, one.size / pass.models]));
      held.release(flow);
      flow = result.y;
    });
    return {
      output: flow,
      saved,
      statistics: statistics.length > 0 ? tf.concat(statistics, 1) : undefined,
    };
  }

  private backward(gradient: Tensor, saved: readonly (readonly Tensor[])[], pass: Pass, held: Held) {
    const { tf, plan } = this;
    const weights = new Map<Slot, Tensor>();
    let flow: Tensor | undefined = gradient;
    for (let index = plan.layers.length - 1; index >= plan.firstTrained; index--) {
      const dy: Tensor = flow!;
      const wanted = index > plan.firstTrained;
      const result = tidied(tf, () => this.layers.backward(index, dy, saved[index], pass, wanted));
      for (const tensor of saved[index]) held.release(tensor);
      for (const [slot, own] of result.weights) weights.set(slot, own);
      flow = result.dx;
      if (flow !== dy) dy.dispose();
    }
    return weights;
  }

  /** Gradients of all slots in their order: [models, trained values]. */
  private joined(slots: readonly Slot[], gradients: ReadonlyMap<Slot, Tensor>): Tensor {
    const parts = slots.map((slot) => gradients.get(slot)!);
    if (parts.length === 1) return parts[0];
    const all = this.tf.concat(parts, 1);
    for (const part of parts) part.dispose();
    return all;
  }
}
