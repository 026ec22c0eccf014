import { structureKey, zooModels } from "#lib/zoo/spec/models.js";
import { parseZooSpec } from "#lib/zoo/spec/spec.js";
import type { ModelSpec, ZooSpecInput } from "#lib/zoo/types.js";

/** The models of a specification as it is written. */
export const modelsOf = (input: ZooSpecInput): readonly ModelSpec[] => zooModels(parseZooSpec(input));

/** The activation of a model's first activation layer. */
export const activationOf = ({ network }: ModelSpec): string =>
  network.layers.flatMap((layer) => (layer.type === "activation" ? [layer.activation] : []))[0];

/** How many models have each value. */
export function counts(
  models: readonly ModelSpec[],
  of: (model: ModelSpec) => unknown,
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const model of models) found[String(of(model))] = (found[String(of(model))] ?? 0) + 1;
  return found;
}

/** Greatest minus least count. */
export const spread = (found: Record<string, number>): number => {
  const values = Object.values(found);
  return Math.max(...values) - Math.min(...values);
};

/** Groups of at most four consecutive models that may train in lock-step. */
export function lockStepGroups(models: readonly ModelSpec[]): number {
  let groups = 0;
  let size = 0;
  models.forEach((model, index) => {
    const joins = size > 0 && size < 4 && structureKey(model) === structureKey(models[index - 1]);
    size = joins ? size + 1 : 1;
    if (!joins) groups++;
  });
  return groups;
}
