import type { NetworkSpec } from "../../networks/types.js";
import { flowsOf, stagesOf } from "../engine/buffers.js";

/** A dropout layer as its masks are drawn: the pixels that are computed at all, of the map that flows through it. */
interface DrawnLayer {
  /** Its own rate, or undefined for the model's. */
  readonly rate: number | undefined;
  readonly rows: number;
  readonly cols: number;
  readonly channels: number;
  /** Size of the map. */
  readonly height: number;
  readonly width: number;
  /** Batch norms before it: each ends a part of the network that a whole batch goes through first. */
  readonly part: number;
}

/** How a network's masks are drawn: the order is that of the CPU engine's kernels, so that masks are equal. */
export interface MaskPlan {
  readonly layers: readonly DrawnLayer[];
  /** Samples that are taken through the network at once. */
  readonly group: number;
}

/**
 * The masks of a network's dropout layers. The CPU engine draws for groups of two samples (four where no convolution
 * is), layer by layer, and only for pixels that a later window reaches; between batch norms all groups of a batch come
 * first.
 */
export function planMasks(network: NetworkSpec): MaskPlan {
  const stages = stagesOf(network);
  const flows = flowsOf(stages);
  const layers: DrawnLayer[] = [];
  let stage = 0;
  let part = 0;
  network.layers.forEach((layer, index) => {
    if (stages[stage]?.index === index) stage++;
    if (layer.type === "batch-norm") part++;
    if (layer.type !== "dropout") return;
    const flow = flows[stage];
    const map = stage < stages.length ? stages[stage].given : stages[stage - 1].output;
    const { channels } = flow;
    const size = { height: map.height, width: map.width };
    layers.push({ rate: layer.rate, rows: flow.height, cols: flow.width, channels, ...size, part });
  });
  return { layers, group: network.layers.some(({ type }) => type === "conv2d") ? 2 : 4 };
}

/** Values of one sample's mask of a layer. */
export function maskSize({ height, width, channels }: DrawnLayer): number {
  return height * width * channels;
}

/** One model's generator of masks, xoshiro128+ (Blackman and Vigna 2018), as the CPU engine's lanes have it. */
export class MaskGenerator {
  private readonly thresholds: number[];
  private readonly scales: Float32Array;
  /** Whether any mask drops anything: if not, nothing needs to be drawn. */
  readonly drops: boolean;

  /**
   * @param dropout the model's own rate
   * @param state four words, not all zero; it is changed
   */
  constructor(
    private readonly plan: MaskPlan,
    dropout: number,
    private readonly state: Uint32Array,
  ) {
    const rates = plan.layers.map(({ rate = dropout }) => rate);
    this.thresholds = rates.map((rate) => Math.min(2 ** 32 - 1, Math.round(rate * 2 ** 32)));
    this.scales = Float32Array.from(rates, (rate) => 1 / (1 - rate));
    this.drops = rates.some((rate) => rate > 0);
  }

  /**
   * Draws the masks of one batch: 0, or 1 / (1 - rate) where a value is kept.
   * @param targets for each dropout layer [samples, height, width, channels] of this model; what is not drawn stays
   */
  draw(samples: number, targets: readonly Float32Array[]): void {
    const { layers, group } = this.plan;
    const parts = Math.max(-1, ...layers.map(({ part }) => part)) + 1;
    for (let part = 0; part < parts; part++) {
      for (let first = 0; first < samples; first += group) {
        layers.forEach((layer, i) => {
          if (layer.part === part) this.drawLayer(i, first, samples, targets[i]);
        });
      }
    }
  }

  private drawLayer(number: number, first: number, samples: number, target: Float32Array): void {
    const layer = this.plan.layers[number];
    const { group } = this.plan;
    const { rows, cols, channels, width } = layer;
    const threshold = this.thresholds[number];
    const scale = this.scales[number];
    const size = maskSize(layer);
    const s = this.state;
    let [s0, s1, s2, s3] = s;
    for (let row = 0; row < rows; row++) {
      const line = first * size + row * width * channels;
      for (let e = 0; e < cols * channels; e++) {
        for (let sample = 0; sample < group; sample++) {
          const kept = (s0 + s3) >>> 0 >= threshold;
          const t = s1 << 9;
          s2 ^= s0;
          s3 ^= s1;
          s1 ^= s2;
          s0 ^= s3;
          s2 ^= t;
          s3 = (s3 << 11) | (s3 >>> 21);
          // A group that is not full draws for samples that are not there.
          if (first + sample < samples) target[line + sample * size + e] = kept ? scale : 0;
        }
      }
    }
    s.set([s0, s1, s2, s3]);
  }
}
