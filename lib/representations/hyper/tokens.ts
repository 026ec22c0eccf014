import { SpecError } from "../../core/errors.js";
import { volume } from "../../networks/layout.js";
import type { WeightLayout } from "../../networks/types.js";
import type { HyperConfig } from "./config.js";

/** Tokens of one kind: those of a layer, which share one linear map. */
export interface TokenGroup {
  /** First token. */
  readonly first: number;
  readonly tokens: number;
  /** Weights of a token. */
  readonly width: number;
  /** Place of the group's first weight in the vector in token order. */
  readonly offset: number;
}

/** How a weight vector becomes a sequence of tokens. */
export interface TokenPlan {
  /** Weights of a network. */
  readonly parameters: number;
  readonly tokens: number;
  readonly groups: readonly TokenGroup[];
  /** `order[i]`: place in the flat vector of weight i in token order: layer by layer, each neuron's row, then its bias. */
  readonly order: Uint32Array;
  /** Where each layer begins in token order, and the end: [layers + 1]. */
  readonly layers: readonly number[];
}

/**
 * The tokens of a network (Figure 2): for AttN one token a neuron or kernel, its incoming weights and bias, mapped by
 * one linear map a layer; for AttW one a weight, by a map that all share. FF takes the whole vector as one token.
 * Batch norm's vectors go with their channels, as one token each of four values.
 * @throws SpecError "hyper/latent" when z would not be smaller than the weights
 */
export function tokenPlan(layout: WeightLayout, { architecture, latent }: HyperConfig): TokenPlan {
  const { parameters } = layout;
  if (latent >= parameters) {
    const message = `a latent of ${latent} numbers does not compress networks of ${parameters} weights; give fewer than ${parameters}`;
    throw new SpecError("hyper/latent", message, { value: latent });
  }
  const { order, layers, widths } = tokenOrder(layout);
  const groups: TokenGroup[] = [];
  let first = 0;
  for (let layer = 0; layer + 1 < layers.length; layer++) {
    const offset = layers[layer];
    const size = layers[layer + 1] - offset;
    const tokens = size / widths[layer];
    groups.push({ first, tokens, width: widths[layer], offset });
    first += tokens;
  }
  const shared = { parameters, order, layers };
  if (architecture === "FF") return { ...shared, tokens: 1, groups: [whole(1, parameters)] };
  if (architecture.startsWith("AttW"))
    return { ...shared, tokens: parameters, groups: [whole(parameters, 1)] };
  return { ...shared, tokens: first, groups };
}

function whole(tokens: number, width: number): TokenGroup {
  return { first: 0, tokens, width, offset: 0 };
}

/** The order of weights by layer and neuron, where layers begin, and how many weights a neuron of each has. */
function tokenOrder({ tensors, parameters }: WeightLayout) {
  const order = new Uint32Array(parameters);
  const layers: number[] = [];
  const widths: number[] = [];
  let place = 0;
  for (const layer of new Set(tensors.map((tensor) => tensor.layer))) {
    const own = tensors.filter((tensor) => tensor.layer === layer);
    layers.push(place);
    const units = own[0].shape[0];
    widths.push(own.reduce((sum, { shape }) => sum + volume(shape) / units, 0));
    for (let unit = 0; unit < units; unit++) {
      for (const { shape, offset } of own) {
        const width = volume(shape) / units;
        for (let i = 0; i < width; i++) order[place++] = offset + unit * width + i;
      }
    }
  }
  return { order, layers: [...layers, place], widths };
}
