import { checkOptions, SpecError } from "../../core/errors.js";

/** How gradient-boosted trees are grown. The defaults are those of scikit-learn and LightGBM. */
export interface TreesSettings {
  /** Share of each tree's leaf values that is added. Default .1. */
  readonly learningRate?: number;
  /** Most boosting iterations; a classifier grows one tree a class in each, with two classes one in all. Default 500. */
  readonly maxIterations?: number;
  /** Stop after so many iterations in which the validation loss found no new least. Default 20. */
  readonly patience?: number;
  /** Most leaves of a tree. Default 31. */
  readonly maxLeafNodes?: number;
  /** Least training rows of a leaf. Default 20. */
  readonly minSamplesLeaf?: number;
  /** Added to the Hessian where leaf values are found. Default 0. */
  readonly l2?: number;
  /** Most bins of a feature, 2 to 255. Default 255. */
  readonly maxBins?: number;
}

/** Names and least values of TreesSettings; `integer` those that count something. */
const known: Readonly<Record<keyof TreesSettings, { from: number; to?: number; integer: boolean }>> = {
  learningRate: { from: Number.MIN_VALUE, to: 1, integer: false },
  maxIterations: { from: 1, integer: true },
  patience: { from: 1, integer: true },
  maxLeafNodes: { from: 2, integer: true },
  minSamplesLeaf: { from: 1, integer: true },
  l2: { from: 0, integer: false },
  maxBins: { from: 2, to: 255, integer: true },
};

/** Names of TreesSettings. */
export const treesSettingNames = Object.keys(known) as readonly (keyof TreesSettings)[];

const defaults: Required<TreesSettings> = {
  learningRate: 0.1,
  maxIterations: 500,
  patience: 20,
  maxLeafNodes: 31,
  minSamplesLeaf: 20,
  l2: 0,
  maxBins: 255,
};

/**
 * Settings with their defaults.
 * @throws SpecError "options/unknown", "trees/settings" naming the setting that is out of range
 */
export function treesSettings(settings: TreesSettings): Required<TreesSettings> {
  checkOptions(settings, treesSettingNames, "boosted trees");
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const { from, to = Number.MAX_VALUE, integer } = known[name as keyof TreesSettings];
    if (value >= from && value <= to && (!integer || Number.isSafeInteger(value))) continue;
    const range = from === Number.MIN_VALUE ? "above 0" : `from ${from}`;
    const upTo = to === Number.MAX_VALUE ? "" : ` to ${to}`;
    const message = `boosted trees: ${name} is ${value}; give ${integer ? "an integer" : "a number"} ${range}${upTo}`;
    throw new SpecError("trees/settings", message, { value });
  }
  return { ...defaults, ...Object.fromEntries(given) };
}
