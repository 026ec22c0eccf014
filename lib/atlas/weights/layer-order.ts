/** Within a layer: weights, then biases, then what batch norm counted. */
const ranks: Readonly<Record<string, number>> = { weight: 0, bias: 1, running_mean: 2, running_var: 3 };

/**
 * Tensors in the order of their layers; those with equal names up to the last dot are one. Layers come in the order of
 * the file. Where that is merely the alphabet ("layer.10" before "layer.2"), as some writers sort, numbers count as
 * numbers; between names ("classifier" before "features") the alphabet is then all there is to go by.
 * @param tensors in the order of the file
 */
export function layerOrder<T extends { readonly name: string }>(tensors: readonly T[]): T[] {
  const layers = new Map<string, T[]>();
  for (const tensor of tensors) {
    const [layer] = splitName(tensor.name);
    layers.set(layer, [...(layers.get(layer) ?? []), tensor]);
  }
  const isAlphabet = tensors.every(({ name }, i) => i === 0 || tensors[i - 1].name < name);
  const { compare } = new Intl.Collator("en", { numeric: true });
  const names = [...layers.keys()];
  if (isAlphabet) names.sort(compare);
  return names.flatMap((name) => {
    const own = layers.get(name) ?? [];
    return [...own].sort((a, b) => rank(a.name) - rank(b.name));
  });
}

function rank(name: string): number {
  return ranks[splitName(name)[1]] ?? 4;
}

function splitName(name: string): [layer: string, last: string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
}
