import { checkOptions, SpecError } from "../core/errors.js";
import { networkShapes } from "./shapes.js";
import type { LayerSpec, NetworkFamily, NetworkSpec } from "./types.js";

/** Blocks of convolutions, where the map is large enough to be halved so often. */
const mostBlocks = 3;

const fields: readonly (keyof NetworkFamily)[] = [
  "family",
  "input",
  "outputs",
  "kernel",
  "convLayers",
  "width",
  "denseLayers",
  "denseWidth",
  "batchNorm",
  "activation",
];

/** Whether a specification's network is given by a family's numbers instead of layer by layer. */
export function isFamily(network: NetworkSpec | NetworkFamily): network is NetworkFamily {
  return "family" in network;
}

/**
 * The network of a family's numbers, after the architectures of the neural weight space (NWS) data set (Eilertsen et
 * al. 2020, whose released code settles what the text leaves open).
 *
 * Convolutions (stride 1, padding that keeps the map) stand in three blocks, each ended by 2 x 2 max-pooling; fewer
 * where there are fewer convolutions or the map cannot be halved three times. Every block has as many convolutions as
 * the others, and what is left over goes to the last ones, one each: 3 are divided as 1 1 1, 4 as 1 1 2, 5 as 1 2 2.
 * Filters double from block to block. Batch norm, if on, stands between each convolution and its activation. Then come
 * the hidden dense layers, each half as wide as the one before (rounded down) and with the activation, and the output,
 * which has none.
 *
 * With NWS's ranges (kernel 3, 5, 7; 3-5 convolutions; width 4, 8, 12; 2-4 hidden dense layers of 64, 128, 192) and its
 * input of 32 x 32 that is the published 20,000 to 400,000 weights; at 28 x 28, 13,000 to 321,000. The released code
 * also has dropout .5 and batch norm in its hidden dense layers.
 * @throws SpecError naming the field that cannot be
 */
export function familyNetwork(family: NetworkFamily): NetworkSpec {
  checkFamily(family);
  const { convLayers, width, denseLayers, denseWidth, batchNorm, outputs, input } = family;
  const dense = Array.from({ length: denseLayers }, (_, i) => Math.floor(denseWidth / 2 ** i));
  const spec: NetworkSpec = {
    name: `conv-blocks-k${family.kernel}-c${convLayers}x${width}-d${denseLayers}x${denseWidth}${batchNorm ? "-bn" : ""}`,
    input,
    layers: [
      ...divide(convLayers, blocksOf(family)).flatMap((count, block) => [
        ...Array.from({ length: count }, () => convolution(family, width * 2 ** block)).flat(),
        { type: "max-pool", size: 2 } as const,
      ]),
      ...dense.flatMap((size): LayerSpec[] => [
        { type: "dense", outputs: size },
        { type: "activation", activation: family.activation },
      ]),
      { type: "dense", outputs },
    ],
  };
  networkShapes(spec);
  return spec;
}

function blocksOf({ convLayers, input }: NetworkFamily): number {
  const halvings = Math.floor(Math.log2(Math.min(input.height, input.width)));
  return Math.min(mostBlocks, convLayers, halvings);
}

/** Divides a number into whole parts that differ by one at most, the larger ones last. */
function divide(total: number, parts: number): number[] {
  const least = Math.floor(total / parts);
  return Array.from({ length: parts }, (_, i) => least + (i >= parts - (total % parts) ? 1 : 0));
}

function convolution({ kernel, batchNorm, activation }: NetworkFamily, filters: number): LayerSpec[] {
  return [
    { type: "conv2d", filters, kernel, padding: (kernel - 1) / 2 },
    ...(batchNorm ? [{ type: "batch-norm" } as const] : []),
    { type: "activation", activation },
  ];
}

function checkFamily(family: NetworkFamily): void {
  checkOptions(family, fields, "network family");
  if (family.family !== "conv-blocks") {
    throw wrong("family", family.family, `"conv-blocks"`);
  }
  if (typeof family.input !== "object" || family.input === null) {
    throw wrong("input", family.input, "channels, height and width");
  }
  checkOptions(family.input, ["channels", "height", "width"], "network.input");
  const { channels, height, width } = family.input;
  if (!(Number.isInteger(channels) && channels >= 1)) {
    throw wrong("input.channels", channels, "a whole number of at least 1");
  }
  for (const [field, side] of Object.entries({ height, width })) {
    if (!(Number.isInteger(side) && side >= 2)) {
      throw wrong(`input.${field}`, side, "a whole number of at least 2, so that it can be halved");
    }
  }
  for (const field of ["outputs", "convLayers", "width"] as const) {
    const value = family[field];
    if (!(Number.isInteger(value) && value >= 1)) throw wrong(field, value, "a whole number of at least 1");
  }
  const { kernel, denseLayers, denseWidth, batchNorm } = family;
  if (!(Number.isInteger(kernel) && kernel >= 1 && kernel % 2 === 1)) {
    throw wrong("kernel", kernel, "an odd whole number, so that padding keeps the map's size");
  }
  if (!(Number.isInteger(denseLayers) && denseLayers >= 0)) {
    throw wrong("denseLayers", denseLayers, "a whole number of at least 0");
  }
  const least = 2 ** Math.max(denseLayers - 1, 0);
  if (!(Number.isInteger(denseWidth) && denseWidth >= least)) {
    throw wrong(
      "denseWidth",
      denseWidth,
      `a whole number of at least ${least}, as it is halved from layer to layer`,
    );
  }
  if (typeof batchNorm !== "boolean") throw wrong("batchNorm", batchNorm, "true or false");
}

function wrong(field: string, value: unknown, way: string): SpecError {
  return new SpecError("network/family", `network family: ${field} is ${String(value)}; give ${way}`, {
    value,
  });
}
