import type { VariableField, ZooSpec } from "../types.js";
import { thinGrid } from "./thinning.js";
import { isStructural } from "./variable-fields.js";
import { isList, variedFields } from "./variations.js";

/** What grid and draws give each model, by the field that varies. */
export type Settings = Readonly<Partial<Record<VariableField, unknown>>>;

/** One model of a grid. */
export interface GridModel {
  readonly settings: Settings;
  /** 0-based place among the models of its combination. */
  readonly repeat: number;
}

type GridSpec = Pick<ZooSpec, "vary" | "models" | "seeds">;

/** Number of models that a grid has before it is thinned: combinations times models a combination. */
export function gridModels(spec: GridSpec): number {
  return combinations(spec) * repeats(spec);
}

/**
 * The models of a grid, in order: the fields vary in the order of `variableFields`, the first slowest, and the models
 * of a combination (its seeds) fastest. A grid with more models than the specification wants is thinned.
 */
export function gridSettings(spec: GridSpec): GridModel[] {
  const varied = variedFields(spec);
  const values = varied.map((field) => listOf(spec, field));
  const each = repeats(spec);
  return keptModels(spec, varied).map((model) => {
    const settings: Partial<Record<VariableField, unknown>> = {};
    let combination = Math.floor(model / each);
    for (let i = varied.length - 1; i >= 0; i--) {
      settings[varied[i]] = values[i][combination % values[i].length];
      combination = Math.floor(combination / values[i].length);
    }
    return { settings, repeat: model % each };
  });
}

function keptModels(spec: GridSpec, varied: readonly VariableField[]): number[] {
  const full = gridModels(spec);
  if (full === spec.models) return Array.from({ length: full }, (_, model) => model);
  const levels = (fields: readonly VariableField[]) => fields.map((field) => listOf(spec, field).length);
  const { seeds } = spec;
  const grid = {
    structural: levels(varied.filter(isStructural)),
    others: levels(varied.filter((field) => !isStructural(field))),
    repeats: repeats(spec),
    whole: seeds.kind !== "range",
  };
  return thinGrid(grid, spec.models, seeds.kind === "drawn" ? seeds.seed : seeds.from);
}

/** Models a combination: as many as the seeds say, or for a range of seeds as many as are needed. */
function repeats(spec: GridSpec): number {
  return spec.seeds.kind === "range" ? Math.ceil(spec.models / combinations(spec)) : spec.seeds.count;
}

function combinations(spec: GridSpec): number {
  return variedFields(spec).reduce((count, field) => count * listOf(spec, field).length, 1);
}

function listOf({ vary }: GridSpec, field: VariableField): readonly unknown[] {
  const variation = vary[field];
  return variation && isList(variation) ? variation : [];
}
