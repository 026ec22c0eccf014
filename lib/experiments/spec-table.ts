import { initializerName } from "../networks/initial-weights.js";
import { weightLayout } from "../networks/layout.js";
import type { Initializer, LayerSpec } from "../networks/types.js";
import { specNetwork, zooModels } from "../zoo/spec/models.js";
import { activationName, augmentationName, momentumOf, optimizerName } from "../zoo/spec/names.js";
import { chosenOptimizer, type OptimizerChoice } from "../zoo/spec/spec-optimizer.js";
import { shiftText } from "../zoo/spec/spec-shift.js";
import { extremes, isRange } from "../zoo/spec/variations.js";
import type { Loss, OptimizerSpec, VariableField, ZooSpec } from "../zoo/types.js";

/**
 * Specifications side by side, in the manner of Table 1 of the trajectory papers: a row a setting, a column a zoo. What
 * a zoo varies is shown by its levels, or its range and distribution. Settings beyond the papers' have a row where one
 * of the zoos varies them.
 * @throws SpecError for a zoo whose models differ in their networks
 */
export function specTable(specs: readonly ZooSpec[]): Record<string, string>[] {
  const columns = specs.map(specSettings);
  const isShown = (setting: string) => {
    if (setting === "shift") return specs.some(({ shift }) => shift !== undefined);
    if (setting === "models") return specs.some(({ vary }) => Object.keys(vary).length > 0);
    const field = rowsWhereVaried[setting];
    return field === undefined || specs.some(({ vary }) => vary[field] !== undefined);
  };
  return Object.keys(columns[0] ?? {})
    .filter(isShown)
    .map((setting) => ({
      setting,
      ...Object.fromEntries(specs.map((spec, i) => [spec.name, columns[i][setting]])),
    }));
}

/** Rows that are left out where no zoo varies the field. */
const rowsWhereVaried: Readonly<Record<string, VariableField>> = {
  activation: "activation",
  "trained on": "dataset",
  optimizer: "optimizer",
  "learning rate decay": "learningRateDecay",
  dropout: "dropout",
  "train fraction": "trainFraction",
  augmentation: "augmentation",
};

const lossWords: Readonly<Record<Loss, string>> = {
  mse: "mse, mean over batch and outputs",
  "cross-entropy": "cross-entropy, mean over the batch",
};

/** Every setting of a zoo in words, in the order of the rows. */
function specSettings(spec: ZooSpec): Record<string, string> {
  const network = specNetwork(spec);
  const optimizers = optimizersOf(spec);
  const ofOptimizers = (field: VariableField, of: (optimizer: OptimizerSpec) => number) =>
    levels(spec, field, optimizers.map(of)).join(", ");
  const own = <T>(field: VariableField, value: T, name?: (value: T) => string) =>
    levels(spec, field, [value], name).join(", ");
  return {
    network: network.layers.map((layer) => layerWords(layer, spec)).join(" → "),
    weights: String(weightLayout(network).parameters),
    activation: own("activation", activationName(network)),
    init: own<Initializer>("initializer", spec.initializer, initializerName),
    loss: lossWords[spec.loss],
    optimizer: distinct(optimizers.map(optimizerName)).join(", "),
    "learning rate": ofOptimizers("learningRate", ({ learningRate }) => learningRate),
    "learning rate decay": own("learningRateDecay", spec.learningRateDecay),
    momentum: ofOptimizers("momentum", momentumOf),
    "weight decay": ofOptimizers("weightDecay", ({ weightDecay }) => weightDecay),
    dropout: own("dropout", spec.dropout),
    batch: own("batchSize", spec.batchSize),
    epochs: String(spec.epochs),
    models: String(spec.models),
    seeds: String(new Set(zooModels(spec).map(({ seed }) => seed)).size),
    "trained on": own("dataset", spec.dataset.name),
    images: spec.dataset.trainImages.toLocaleString("en"),
    shift: spec.shift ? shiftText(spec.shift) : "none",
    "train fraction": own("trainFraction", spec.trainFraction),
    augmentation: own("augmentation", spec.augmentation, augmentationName),
  };
}

/** The optimisers of a zoo's models, but for learning rate, weight decay and momentum that vary by themselves. */
function optimizersOf({ optimizer, vary }: ZooSpec): readonly OptimizerSpec[] {
  if (vary.optimizer === undefined) return [optimizer];
  const choices = extremes(vary.optimizer) as readonly OptimizerChoice[];
  return choices.map((choice) => chosenOptimizer(choice, optimizer));
}

/**
 * The levels of a field in words, or one entry that tells its range.
 * @param own the values of a zoo that does not vary the field
 */
function levels<T>(
  { vary }: ZooSpec,
  field: VariableField,
  own: readonly T[],
  name: (value: T) => string = String,
): string[] {
  const variation = vary[field];
  if (variation === undefined) return distinct(own.map(name));
  if (isRange(variation)) return [`${variation.low} to ${variation.high} (${variation.distribution})`];
  return distinct((extremes(variation) as readonly T[]).map(name));
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}

function layerWords(layer: LayerSpec, spec: ZooSpec): string {
  switch (layer.type) {
    case "dense":
      return `fc ${layer.outputs}`;
    case "conv2d":
      return `conv ${layer.kernel}x${layer.kernel} (${layer.filters} filters, stride ${layer.stride ?? 1})`;
    case "max-pool":
      return `max-pool ${layer.size}`;
    case "average-pool":
      return `average-pool ${layer.size}`;
    case "global-average-pool":
      return "global average";
    case "batch-norm":
      return "batch norm";
    case "dropout":
      return layer.rate === undefined ? "dropout" : `dropout ${layer.rate}`;
    case "flatten":
      return "flatten";
    case "activation":
      return spec.vary.activation === undefined ? layer.activation : "activation";
  }
}
