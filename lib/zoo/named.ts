import { type Preset, parsePreset, presets } from "../core/environment.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { mnistCnnRecipes } from "./named/mnist-cnn.js";
import { nwsRecipe } from "./named/nws.js";
import {
  commonOptions,
  type NamedZooOptions,
  type RecipeSize,
  type ZooName,
  type ZooRecipe,
} from "./named/recipe.js";
import { tetrisRecipes } from "./named/tetris.js";
import { trajectoryRecipes } from "./named/trajectories.js";
import { unterthinerRecipes } from "./named/unterthiner.js";
import { checkpointEpochs, parseZooSpec } from "./spec/spec.js";
import type { ZooSpec } from "./types.js";

export type { NamedZooOptions, ZooName } from "./named/recipe.js";

/** Size of a zoo. */
export interface ZooSize extends RecipeSize {
  /** Kept checkpoints of each model. */
  readonly checkpoints: number;
}

/** A named zoo as a list shows it. */
export interface NamedZooEntry {
  readonly name: ZooName;
  readonly description: string;
  /** Where it was published. */
  readonly source: string;
  readonly variants: readonly string[];
  readonly presets: Readonly<Record<Preset, ZooSize>>;
}

const recipes: readonly ZooRecipe[] = [
  ...trajectoryRecipes,
  ...tetrisRecipes,
  ...mnistCnnRecipes,
  ...unterthinerRecipes,
  nwsRecipe,
];

/** The zoos known by name, with their sizes by preset. */
export function listNamedZoos(): readonly NamedZooEntry[] {
  return recipes.map((recipe) => {
    const { name, description, source, variants } = recipe;
    const sizes = presets.map((preset) => [preset, zooSize(recipe, preset)] as const);
    return {
      name,
      description,
      source,
      variants,
      presets: Object.fromEntries(sizes) as NamedZooEntry["presets"],
    };
  });
}

function zooSize(recipe: ZooRecipe, preset: Preset): ZooSize {
  const size = recipe.sizes[preset];
  const { checkpoints } = recipe.spec(size, preset, {});
  return { ...size, checkpoints: checkpointEpochs({ checkpoints, epochs: size.epochs }).length };
}

const knownOptions = [
  ...commonOptions,
  "dataset",
  "firstSeed",
  "keepInitial",
  "inputScaling",
  "learningRate",
  "weightDecay",
  "geometry",
  "variant",
];

/**
 * Specification of a named zoo at a preset's size.
 * @throws SpecError for an unknown name or option, an option the zoo does not have, or values that cannot be;
 *   UsageError for an unknown preset
 */
export function namedZoo(name: ZooName, preset: Preset, options: NamedZooOptions = {}): ZooSpec {
  checkOptions(options, knownOptions, "namedZoo");
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (!recipe) {
    const known = recipes.map((candidate) => candidate.name).join(", ");
    throw new SpecError("zoo/unknown", `there is no zoo "${name}"; choose ${known}`, { value: name });
  }
  const usual = recipe.sizes[parsePreset(preset)];
  checkPlace(recipe, options);
  const { models = usual.models, epochs = usual.epochs } = options;
  const { trainImages = usual.trainImages, testImages = usual.testImages } = options;
  return parseZooSpec({
    name,
    models,
    epochs,
    split: { train: 0.7, validation: 0.15, test: 0.15, seed: 1 },
    ...recipe.spec({ models, epochs, trainImages, testImages }, preset, options),
    shift: options.shift,
  });
}

/** Refuses options that the zoo does not have; "default" is a variant of all. */
function checkPlace({ name, options: own }: ZooRecipe, options: NamedZooOptions): void {
  const allowed: readonly (keyof NamedZooOptions)[] = [...commonOptions, ...own];
  for (const option of Object.keys(options) as (keyof NamedZooOptions)[]) {
    const value = options[option];
    if (value === undefined || allowed.includes(option)) continue;
    if (option === "variant" && value === "default") continue;
    throw new SpecError(`zoo/${option}`, `${name} has no ${option}; leave it out`, { value });
  }
}
