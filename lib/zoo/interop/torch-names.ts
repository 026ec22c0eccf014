import { volume } from "../../networks/layout.js";
import type { TensorName, WeightLayout, WeightTensor } from "../../networks/types.js";

/** A tensor of a checkpoint by its name in the file, e.g. "features.0.weight". */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A checkpoint's layout with the name in the file of each of its tensors, in the layout's order. */
export interface NamedLayout {
  readonly layout: WeightLayout;
  readonly names: readonly string[];
}

/** Last parts of torch's names; where a layer has running statistics it is batch norm. */
const plainNames: Readonly<Record<string, TensorName>> = { weight: "kernel", bias: "bias" };
const normNames: Readonly<Record<string, TensorName>> = {
  weight: "gamma",
  bias: "beta",
  running_mean: "mean",
  running_var: "variance",
};

/** The order of a layer's tensors in our layout. */
const ranks: Readonly<Record<TensorName, number>> = {
  kernel: 0,
  bias: 1,
  gamma: 0,
  beta: 1,
  mean: 2,
  variance: 3,
};

/**
 * The layout of named tensors. Tensors with equal names up to the last dot are a layer. Where all layers' names
 * are a number behind one common start ("0", "3" or "module_list.0", "module_list.3") those are the layers' numbers and
 * their order; else ("features.3", "classifier.1") layers are numbered as they first appear. Within a layer the order is ours: kernel, bias, or gamma, beta, mean, variance.
 * @param tensors in the order of the file
 */
export function layoutOfTensors(tensors: readonly NamedTensor[]): NamedLayout {
  const layers = new Map<string, NamedTensor[]>();
  for (const tensor of tensors) {
    const [prefix] = splitName(tensor.name);
    layers.set(prefix, [...(layers.get(prefix) ?? []), tensor]);
  }
  const numbers = layerNumbers([...layers.keys()]);
  const named = [...layers].flatMap(([prefix, own]) => {
    const isNorm = own.some(({ name }) => splitName(name)[1] === "running_mean");
    return own.map(({ name, shape }) => {
      const kind = (isNorm ? normNames : plainNames)[splitName(name)[1]] ?? "kernel";
      return { file: name, layer: numbers.get(prefix) ?? 0, name: kind, shape };
    });
  });
  named.sort((a, b) => a.layer - b.layer || ranks[a.name] - ranks[b.name]);
  let parameters = 0;
  const placed = named.map(({ layer, name, shape }): WeightTensor => {
    const offset = parameters;
    parameters += volume(shape);
    return { layer, name, shape, offset };
  });
  return { layout: { tensors: placed, parameters }, names: named.map(({ file }) => file) };
}

/** A name's layer and last part; a name without a known last part is a layer of its own. */
function splitName(name: string): [prefix: string, last: string] {
  const dot = name.lastIndexOf(".");
  const last = name.slice(dot + 1);
  return last in normNames ? [name.slice(0, Math.max(dot, 0)), last] : [name, "weight"];
}

function layerNumbers(prefixes: readonly string[]): Map<string, number> {
  const stated = prefixes.map((prefix) => /^(.*\.)?(\d+)$/.exec(prefix));
  const numbers = stated.map((match) => Number(match?.[2]));
  const isStated =
    !stated.includes(null) &&
    new Set(stated.map((match) => match?.[1])).size === 1 &&
    new Set(numbers).size === numbers.length;
  return new Map(prefixes.map((prefix, index) => [prefix, isStated ? numbers[index] : index]));
}

/** Names of a layout's tensors as torch's state_dict has them: "0.weight", "0.bias", "1.running_mean", ... */
export function torchNames(layout: WeightLayout): string[] {
  const last: Readonly<Record<TensorName, string>> = {
    kernel: "weight",
    bias: "bias",
    gamma: "weight",
    beta: "bias",
    mean: "running_mean",
    variance: "running_var",
  };
  return layout.tensors.map(({ layer, name }) => `${layer}.${last[name]}`);
}
