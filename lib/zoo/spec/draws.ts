import { RandomStream } from "../../core/random.js";
import { lanes } from "../lanes.js";
import type { VariableField, Variation, ZooSpec } from "../types.js";
import type { Settings } from "./grid.js";
import { isStructural } from "./variable-fields.js";
import { isList, isRange, variedFields } from "./variations.js";

/**
 * Draws the varying fields of every model; a list is a choice between its values. Structural fields (see
 * variable-fields.ts) are drawn once for each four consecutive models, the others for every model. Each field has a
 * stream of its own that is used model by model, so a model's fields do not depend on how many models there are, nor
 * on what else varies.
 */
export function drawnSettings(spec: Pick<ZooSpec, "vary" | "models" | "seeds">): Settings[] {
  const { seeds, models, vary } = spec;
  const root = RandomStream.fromSeed(seeds.kind === "drawn" ? seeds.seed : seeds.from).split("vary");
  const settings = Array.from({ length: models }, (): Partial<Record<VariableField, unknown>> => ({}));
  for (const field of variedFields(spec)) {
    const draw = sampler(vary[field] as Variation, root.split(field));
    let value: unknown;
    settings.forEach((own, model) => {
      if (model % lanes === 0 || !isStructural(field)) value = draw();
      own[field] = value;
    });
  }
  return settings;
}

function sampler(variation: Variation, rng: RandomStream): () => unknown {
  if (isList(variation)) return () => rng.pick(variation);
  if (!isRange(variation)) return () => rng.pick(variation.values);
  const { distribution, low, high } = variation;
  switch (distribution) {
    case "uniform":
      return () => rng.uniform(low, high);
    case "integer":
      return () => low + rng.integer(high - low + 1);
    case "log-uniform":
      // Rounding must not carry a value over the ends.
      return () => Math.min(high, Math.max(low, Math.exp(rng.uniform(Math.log(low), Math.log(high)))));
  }
}
