import type { ZooSpecInput } from "#lib/zoo/types.js";

const rest = {
  loss: "mse",
  initializer: "normal",
  optimizer: { type: "sgd", learningRate: 0.1, momentum: 0, weightDecay: 0 },
  batchSize: 4,
  epochs: 3,
  checkpoints: "every-epoch",
  models: 10,
  seeds: { kind: "range", from: 1 },
  split: { train: 0.7, validation: 0.15, test: 0.15, seed: 1 },
} as const;

/** A small specification as it is written, with everything that may be left out left out. */
export function plainSpec(changes: Partial<ZooSpecInput> = {}): ZooSpecInput {
  return {
    name: "plain",
    dataset: { name: "noise", size: 14, trainImages: 40, testImages: 20 },
    network: {
      name: "two-layers",
      input: { channels: 1, height: 14, width: 14 },
      layers: [
        { type: "dense", outputs: 3 },
        { type: "activation", activation: "sigmoid" },
        { type: "dense", outputs: 10 },
      ],
    },
    ...rest,
    ...changes,
  };
}

/** The same with a network that leaves its dropout rate to the model. */
export function dropoutSpec(changes: Partial<ZooSpecInput> = {}): ZooSpecInput {
  const network: ZooSpecInput["network"] = {
    name: "dropout",
    input: { channels: 1, height: 14, width: 14 },
    layers: [
      { type: "dense", outputs: 3 },
      { type: "activation", activation: "sigmoid" },
      { type: "dropout" },
      { type: "dense", outputs: 10 },
    ],
  };
  return plainSpec({ network, ...changes });
}

/** The same with a family of networks. */
export function familySpec(changes: Partial<ZooSpecInput> = {}): ZooSpecInput {
  const network: ZooSpecInput["network"] = {
    family: "conv-blocks",
    input: { channels: 1, height: 14, width: 14 },
    outputs: 10,
    kernel: 3,
    convLayers: 2,
    width: 2,
    denseLayers: 1,
    denseWidth: 8,
    batchNorm: false,
    activation: "relu",
  };
  return plainSpec({ network, ...changes });
}

/** A copy of a specification with one field, named by a dotted path, set to something else. */
export function changed(spec: ZooSpecInput, path: string, value: unknown): object {
  const copy: Record<string, unknown> = structuredClone({ ...spec });
  const names = path.split(".");
  const last = names.pop() ?? "";
  let holder = copy;
  for (const name of names) {
    const inner = { ...(holder[name] as Record<string, unknown> | undefined) };
    holder[name] = inner;
    holder = inner;
  }
  holder[last] = value;
  return copy;
}
