import { blockDepths } from "../../networks/families.js";
import { volume } from "../../networks/layout.js";
import type { Activation, LayerSpec, NetworkSpec, WeightLayout } from "../../networks/types.js";

/** Numbers of meta.csv that shape a network. */
export interface NwsArchitecture {
  readonly filterSize: number;
  readonly depthConv: number;
  readonly depthFc: number;
  readonly widthConv: number;
  readonly widthFc: number;
  readonly batchNorm: boolean;
  readonly activation: Activation;
}

/** Blocks of convolutions, each ended by 2 x 2 max-pooling. */
const blocks = 3;

/** Outputs of every network, whatever the number of classes. */
const outputs = 20;

/** All images are 32 x 32 in three channels; the digits' channels are equal. */
const input = { channels: 3, height: 32, width: 32 } as const;

/**
 * The network of an NWS model, layer by layer as the released code builds it (model.py, deepnn): convolutions with
 * padding that keeps the map, batch norm before their activation; dense layers with batch norm behind the activation
 * and dropout .5; a dense output of 20.
 */
export function nwsNetwork(of: NwsArchitecture): NetworkSpec {
  const norm: LayerSpec[] = of.batchNorm ? [{ type: "batch-norm" }] : [];
  const act: LayerSpec = { type: "activation", activation: of.activation };
  const convolution = (filters: number): LayerSpec[] => [
    { type: "conv2d", filters, kernel: of.filterSize, padding: (of.filterSize - 1) / 2 },
    ...norm,
    act,
  ];
  const dense = (width: number): LayerSpec[] => [
    { type: "dense", outputs: width },
    act,
    ...norm,
    { type: "dropout", rate: 0.5 },
  ];
  return {
    name: `nws-k${of.filterSize}-c${of.depthConv}x${of.widthConv}-d${of.depthFc}x${of.widthFc}${of.batchNorm ? "-bn" : ""}`,
    input,
    layers: [
      ...blockDepths(of.depthConv, blocks).flatMap((depth, block): LayerSpec[] => [
        ...Array.from({ length: depth }, () => convolution(of.widthConv * 2 ** block)).flat(),
        { type: "max-pool", size: 2 },
      ]),
      ...Array.from({ length: of.depthFc }, (_, i) => dense(Math.floor(of.widthFc / 2 ** i))).flat(),
      { type: "dense", outputs },
    ],
  };
}

/**
 * For each weight in our layout, its position in an exported file: our weight i is theirs at `result[i]`.
 *
 * The files hold the variables in the order of their making, kernels as [outputs, inputs, height, width] or
 * [outputs, inputs] (model.py, print_all_vars). Two things differ from ours: batch norm is beta, gamma, mean, variance
 * there (TensorLayer's order), and the first dense layer sees the map as rows, columns, channels.
 */
export function nwsPositions(network: NetworkSpec, layout: WeightLayout): Int32Array {
  const positions = new Int32Array(layout.parameters);
  const maps = network.layers.filter(({ type }) => type === "max-pool").length;
  const side = input.height / 2 ** maps;
  const firstDense = network.layers.findIndex(({ type }) => type === "dense");
  let start = 0;
  for (const tensor of inFileOrder(layout)) {
    const size = volume(tensor.shape);
    const isSeen = tensor.layer === firstDense && tensor.name === "kernel";
    for (let i = 0; i < size; i++) {
      positions[tensor.offset + i] = start + (isSeen ? channelsLast(i, tensor.shape[1], side) : i);
    }
    start += size;
  }
  return positions;
}

function inFileOrder(layout: WeightLayout): WeightLayout["tensors"] {
  const rank = { kernel: 0, bias: 1, beta: 2, gamma: 3, mean: 4, variance: 5 };
  return [...layout.tensors].sort((a, b) => a.layer - b.layer || rank[a.name] - rank[b.name]);
}

/** Where entry i of a kernel [outputs, channels x side x side] stands when its inputs are [side, side, channels]. */
function channelsLast(i: number, inputs: number, side: number): number {
  const area = side * side;
  const [output, place] = [Math.floor(i / inputs), i % inputs];
  return output * inputs + (place % area) * (inputs / area) + Math.floor(place / area);
}
