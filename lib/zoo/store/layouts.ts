import { DataError } from "../../core/errors.js";
import { weightLayout } from "../../networks/layout.js";
import type { NetworkSpec, WeightLayout } from "../../networks/types.js";
import { isMixed, specNetwork, zooModels } from "../spec/models.js";
import type { ZooSpec } from "../types.js";

/** Where the weights of each model of a zoo stand in its vector. */
export interface ZooLayouts {
  /** The different layouts; one only when the models cannot differ. */
  readonly layouts: readonly WeightLayout[];
  /** For each model of a mixed zoo, the place of its layout in `layouts`; undefined when all models have the first. */
  readonly byModel?: readonly number[];
}

/** The layouts of a trained zoo's models. */
export function specLayouts(spec: ZooSpec): ZooLayouts {
  if (!isMixed(spec)) return { layouts: [weightLayout(specNetwork(spec))] };
  const models = zooModels(spec);
  const known = new Map<NetworkSpec, WeightLayout>();
  const layoutOf = (network: NetworkSpec) => {
    const layout = known.get(network) ?? weightLayout(network);
    known.set(network, layout);
    return layout;
  };
  return mixedLayouts(models.length, (model) => layoutOf(models[model].network));
}

/** Layouts of models that may differ; equal ones are listed once, in the order of the first model that has each. */
export function mixedLayouts(models: number, layoutOf: (model: number) => WeightLayout): ZooLayouts {
  const layouts: WeightLayout[] = [];
  const places = new Map<string, number>();
  const byModel = Array.from({ length: models }, (_, model) => {
    const layout = layoutOf(model);
    const text = layoutJson(layout);
    const place = places.get(text) ?? layouts.push(layout) - 1;
    places.set(text, place);
    return place;
  });
  return { layouts, byModel };
}

/** The layout of one model. */
export function layoutOfModel({ layouts, byModel }: ZooLayouts, model: number): WeightLayout {
  return layouts[byModel?.[model] ?? 0];
}

/**
 * The layouts as a file's metadata carry them. `layout`: JSON [{layer, name, shape, offset}]. Files of mixed zoos have
 * `layouts` instead, a JSON list of such lists, and `layout_of_model`, the place in it of each model of the file.
 * @param models first and last model of the file
 */
export function layoutMetadata(
  { layouts, byModel }: ZooLayouts,
  [from, to]: readonly [number, number],
): Record<string, string> {
  if (byModel === undefined) return { layout: layoutJson(layouts[0]) };
  const own = byModel.slice(from, to + 1);
  const used = [...new Set(own)];
  return {
    layouts: `[${used.map((place) => layoutJson(layouts[place])).join(",")}]`,
    layout_of_model: JSON.stringify(own.map((place) => used.indexOf(place))),
  };
}

/**
 * The layouts that the metadata of a merged file carry.
 * @throws DataError "zoo/layout" when there are none
 */
export function parseLayouts(metadata: Readonly<Record<string, string>>): ZooLayouts {
  try {
    if (metadata.layout !== undefined) return { layouts: [withSize(JSON.parse(metadata.layout))] };
    const layouts = (JSON.parse(metadata.layouts) as WeightLayout["tensors"][]).map(withSize);
    return { layouts, byModel: JSON.parse(metadata.layout_of_model) as number[] };
  } catch (cause) {
    throw new DataError("zoo/layout", "the file's metadata carry no layout of its weights", { cause });
  }
}

function withSize(tensors: WeightLayout["tensors"]): WeightLayout {
  const ends = tensors.map(
    ({ offset, shape }) => offset + shape.reduce((product, side) => product * side, 1),
  );
  return { tensors, parameters: Math.max(0, ...ends) };
}

function layoutJson(layout: WeightLayout): string {
  const tensors = layout.tensors.map(({ layer, name, shape, offset }) => ({ layer, name, shape, offset }));
  return JSON.stringify(tensors);
}
