import { SpecError } from "../../core/errors.js";
import { canonicalJson } from "../../core/hash.js";
import { RandomStream } from "../../core/random.js";
import { familyNetwork, isFamily } from "../../networks/families.js";
import type { Activation, NetworkFamily, NetworkSpec } from "../../networks/types.js";
import type { ModelSpec, OptimizerSpec, Seeds, Variation, ZooSpec } from "../types.js";
import { drawnSettings } from "./draws.js";
import { gridSettings } from "./grid.js";
import { maxSeed } from "./spec-checks.js";
import { chosenOptimizer } from "./spec-optimizer.js";
import type { FieldValues } from "./variable-fields.js";
import { extremes, isGrid, variedFields } from "./variations.js";

type OwnValues = Partial<FieldValues>;

const made = new WeakMap<ZooSpec, readonly ModelSpec[]>();
const families = new WeakMap<NetworkSpec, NetworkFamily>();
const networkTexts = new WeakMap<NetworkSpec, string>();

/**
 * All models of a zoo, in order.
 *
 * When all of `vary` are lists the zoo is a grid: the fields vary in the order dataset, network.* (alphabetical),
 * batchSize, optimizer, activation, trainFraction (structural fields, which models that train in lock-step share),
 * then augmentation, initializer, learningRate, learningRateDecay, momentum, weightDecay, dropout, the first slowest,
 * and the seeds fastest. A grid with more models than `models` is thinned (see thinning.ts); with `range` seeds a
 * combination has as many models as are needed.
 *
 * With any distribution in `vary` every model draws its fields, but for structural ones, which each four consecutive
 * models share (see draws.ts): model i is the same however many models there are.
 *
 * Equal networks, optimisers and options are one object. The list is remembered for each specification object.
 * @param spec as parseZooSpec gives it
 */
export function zooModels(spec: ZooSpec): readonly ModelSpec[] {
  const known = made.get(spec);
  if (known) return known;
  const build = modelBuilder(spec);
  const seeds = seedsOf(spec.seeds);
  const models = isGrid(spec)
    ? gridSettings(spec).map(({ settings, repeat }, model) =>
        build(model, seeds(model, repeat), settings as OwnValues),
      )
    : drawnSettings(spec).map((settings, model) => build(model, seeds(model, 0), settings as OwnValues));
  made.set(spec, models);
  return models;
}

/**
 * Equal for models that may train in lock-step: those of one data set, network, batch size, type of optimiser, and
 * plain or Nesterov momentum.
 */
export function structureKey(model: ModelSpec): string {
  const { network, optimizer, dataset, batchSize } = model;
  let layers = networkTexts.get(network);
  if (layers === undefined) {
    layers = canonicalJson(network);
    networkTexts.set(network, layers);
  }
  return JSON.stringify([dataset, batchSize, optimizer.type, isNesterov(optimizer), layers]);
}

/** Whether the models of a zoo may differ in the shape of their network. */
export function isMixed(spec: ZooSpec): boolean {
  return variedFields(spec).some(
    (field) => field.startsWith("network.") && new Set(extremes(spec.vary[field] as Variation)).size > 1,
  );
}

/**
 * The network of a zoo whose models all have one shape, with the specification's own activation.
 * @throws SpecError "zoo/network" for a mixed zoo
 */
export function specNetwork(spec: ZooSpec): NetworkSpec {
  if (isMixed(spec)) {
    throw new SpecError(
      "zoo/network",
      `the models of zoo "${spec.name}" differ in their networks; take each model's own from zooModels(spec)`,
      { value: spec.name },
    );
  }
  const { activation: _, ...shape } = Object.fromEntries(
    variedFields(spec).map((field) => [field, extremes(spec.vary[field] as Variation)[0]]),
  ) as OwnValues;
  return networkBuilder(spec)(shape);
}

/** The numbers behind a network that zooModels made from a family; undefined for one written out layer by layer. */
export function familyOf(network: NetworkSpec): NetworkFamily | undefined {
  return families.get(network);
}

/** Whether an optimiser has Nesterov's momentum. */
export function isNesterov(optimizer: OptimizerSpec): boolean {
  return optimizer.type === "sgd" && optimizer.nesterov === true;
}

function modelBuilder(spec: ZooSpec): (model: number, seed: number, own: OwnValues) => ModelSpec {
  const networkOf = networkBuilder(spec);
  const optimizerOf = optimizerBuilder(spec.optimizer);
  return (model, seed, own) => ({
    model,
    seed,
    dataset: own.dataset ?? spec.dataset.name,
    network: networkOf(own),
    initializer: own.initializer ?? spec.initializer,
    optimizer: optimizerOf(own),
    learningRateDecay: own.learningRateDecay ?? spec.learningRateDecay,
    dropout: own.dropout ?? spec.dropout,
    trainFraction: own.trainFraction ?? spec.trainFraction,
    augmentation: own.augmentation ?? spec.augmentation,
    batchSize: own.batchSize ?? spec.batchSize,
  });
}

function networkBuilder({ network }: ZooSpec): (own: OwnValues) => NetworkSpec {
  if (!isFamily(network)) {
    return shared(
      ({ activation }) => activation ?? "",
      ({ activation }) => (activation === undefined ? network : withActivation(network, activation)),
    );
  }
  const familyWith = (own: OwnValues): NetworkFamily => ({
    ...network,
    kernel: own["network.kernel"] ?? network.kernel,
    convLayers: own["network.convLayers"] ?? network.convLayers,
    width: own["network.width"] ?? network.width,
    denseLayers: own["network.denseLayers"] ?? network.denseLayers,
    denseWidth: own["network.denseWidth"] ?? network.denseWidth,
    batchNorm: own["network.batchNorm"] ?? network.batchNorm,
    activation: own.activation ?? network.activation,
  });
  return shared(
    (own) => JSON.stringify(familyWith(own)),
    (own) => {
      const family = familyWith(own);
      const layers = familyNetwork(family);
      families.set(layers, family);
      return layers;
    },
  );
}

function withActivation(network: NetworkSpec, activation: Activation): NetworkSpec {
  const layers = network.layers.map((layer) =>
    layer.type === "activation" ? { ...layer, activation } : layer,
  );
  return { ...network, layers };
}

function optimizerBuilder(base: OptimizerSpec): (own: OwnValues) => OptimizerSpec {
  return shared(
    ({ optimizer, learningRate, weightDecay, momentum }) =>
      JSON.stringify([optimizer, learningRate, weightDecay, momentum]),
    ({ optimizer, learningRate, weightDecay, momentum }) => {
      const chosen = optimizer === undefined ? base : chosenOptimizer(optimizer, base);
      const changes = {
        ...(learningRate && { learningRate }),
        ...(weightDecay !== undefined && { weightDecay }),
      };
      if (momentum === undefined || !("momentum" in chosen)) return { ...chosen, ...changes };
      return { ...chosen, ...changes, momentum };
    },
  );
}

/** Makes an object once for each text that stands for what it depends on. */
function shared<T>(textOf: (own: OwnValues) => string, make: (own: OwnValues) => T): (own: OwnValues) => T {
  const objects = new Map<string, T>();
  return (own) => {
    const text = textOf(own);
    const known = objects.get(text);
    if (known !== undefined) return known;
    const object = make(own);
    objects.set(text, object);
    return object;
  };
}

/** The seed of a model from its number and its place within its combination; to be asked in the models' order. */
function seedsOf(seeds: Seeds): (model: number, repeat: number) => number {
  if (seeds.kind === "range") return (model) => seeds.from + model;
  if (seeds.kind === "fixed") return (_model, repeat) => seeds.from + repeat;
  const rng = RandomStream.fromSeed(seeds.seed).split("model-seeds");
  const drawn = new Set<number>();
  return () => {
    for (;;) {
      const seed = rng.integer(maxSeed + 1);
      if (drawn.has(seed)) continue;
      drawn.add(seed);
      return seed;
    }
  };
}
