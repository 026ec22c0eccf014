import { checkOptions, SpecError } from "../core/errors.js";
import { activations, networkShapes } from "./shapes.js";
import type { LayerSpec, NetworkFamily, NetworkSpec } from "./types.js";

/** Blocks of convolutions, where the map is large enough to be halved so often. */
const mostBlocks = 3;

/** What a field of a family may be by itself. */
export interface FamilyRule {
  readonly accepts: (value: unknown) => boolean;
  /** In words, as in "give ...". */
  readonly expected: string;
}

/** Fields of a family that have a rule of their own; its input depends on the images. */
export type RuledField = Exclude<keyof NetworkFamily, "input">;

const atLeast = (least: number): FamilyRule => ({
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  expected: `a whole number of at least ${least}`,
});

/** The rules of a family's fields. */
export const familyRules: Readonly<Record<RuledField, FamilyRule>> = {
  family: { accepts: (value) => value === "conv-blocks", expected: `"conv-blocks"` },
  outputs: atLeast(1),
  kernel: {
    accepts: (value) => atLeast(1).accepts(value) && (value as number) % 2 === 1,
    expected: "an odd whole number, so that padding keeps the map's size",
  },
  convLayers: atLeast(1),
  width: atLeast(1),
  denseLayers: atLeast(0),
  denseWidth: atLeast(1),
  batchNorm: { accepts: (value) => typeof value === "boolean", expected: "true or false" },
  activation: {
    accepts: (value) => activations.some((known) => known === value),
    expected: `one of ${activations.join(", ")}`,
  },
};

/** The fields of a family. */
export const familyFields: readonly (keyof NetworkFamily)[] = [
  "input",
  ...(Object.keys(familyRules) as RuledField[]),
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
      ...blockDepths(convLayers, blocksOf(family)).flatMap((count, block) => [
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

/** Convolutions of each block: numbers that differ by one at most, the larger ones last. */
export function blockDepths(convLayers: number, blocks: number): number[] {
  const least = Math.floor(convLayers / blocks);
  return Array.from(
    { length: blocks },
    (_, block) => least + (block >= blocks - (convLayers % blocks) ? 1 : 0),
  );
}

function convolution({ kernel, batchNorm, activation }: NetworkFamily, filters: number): LayerSpec[] {
  return [
    { type: "conv2d", filters, kernel, padding: (kernel - 1) / 2 },
    ...(batchNorm ? [{ type: "batch-norm" } as const] : []),
    { type: "activation", activation },
  ];
}

function checkFamily(family: NetworkFamily): void {
  checkOptions(family, familyFields, "network family");
  checkInput(family.input);
  for (const [field, { accepts, expected }] of Object.entries(familyRules)) {
    const value = family[field as RuledField];
    if (!accepts(value)) throw wrong(field, value, expected);
  }
  const { denseLayers, denseWidth } = family;
  const least = 2 ** Math.max(denseLayers - 1, 0);
  if (denseWidth < least) {
    const way = `a whole number of at least ${least}, as it is halved from layer to layer`;
    throw wrong("denseWidth", denseWidth, way);
  }
}

function checkInput(input: unknown): void {
  if (typeof input !== "object" || input === null) throw wrong("input", input, "channels, height and width");
  checkOptions(input, ["channels", "height", "width"], "network.input");
  const { channels, height, width } = input as NetworkFamily["input"];
  if (!atLeast(1).accepts(channels)) throw wrong("input.channels", channels, atLeast(1).expected);
  for (const [field, side] of Object.entries({ height, width })) {
    if (!atLeast(2).accepts(side)) {
      throw wrong(`input.${field}`, side, `${atLeast(2).expected}, so that it can be halved`);
    }
  }
}

function wrong(field: string, value: unknown, way: string): SpecError {
  return new SpecError("network/family", `network family: ${field} is ${String(value)}; give ${way}`, {
    value,
  });
}
