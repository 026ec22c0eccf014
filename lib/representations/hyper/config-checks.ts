import { checkOptions, SpecError } from "../../core/errors.js";
import { type HyperConfig, tetrisConfig } from "./config.js";

const choices = {
  architecture: ["FF", "AttW", "AttW+t", "AttN", "AttN+t"],
  loss: ["ED", "Ec", "EcD", "Ec+D"],
  positive: ["cosine", "released"],
  views: ["independent", "same-permutation", "identical", "released"],
  target: ["permuted", "view", "original"],
  normalise: ["none", "layers"],
} satisfies { readonly [field in keyof HyperConfig]?: readonly string[] };

const wholes = ["blocks", "heads", "width", "hidden", "latent", "steps", "batch", "evaluations"] as const;

/** Numbers with their ranges: low, high, and whether the ends count. */
const ranges: readonly (readonly [keyof HyperConfig, (value: number) => boolean, string])[] = [
  ["dropout", (value) => value >= 0 && value < 1, "from 0 to below 1"],
  ["beta", (value) => value >= 0 && value <= 1, "from 0 to 1"],
  ["temperature", (value) => value > 0, "above 0"],
  ["learningRate", (value) => value > 0, "above 0"],
  ["weightDecay", (value) => value >= 0, "of at least 0"],
  ["snapshots", (value) => Number.isInteger(value) && value >= 0, "that is whole and at least 0"],
];

/**
 * A whole configuration from some of its fields; the others are those of `base`.
 * @param base the paper's setting for tetris by default
 * @throws SpecError "options/unknown" for a field that is unknown, "hyper/config" naming a field whose value cannot be
 */
export function hyperConfig(
  fields: Partial<HyperConfig> = {},
  base: HyperConfig = tetrisConfig,
): HyperConfig {
  checkOptions(fields, Object.keys(tetrisConfig), "a hyper-representation");
  const config = { ...base, ...fields };
  if (typeof config.tanh !== "boolean") throw wrong("tanh", config.tanh, "true or false");
  for (const [field, known] of Object.entries(choices)) {
    const value = config[field as keyof HyperConfig];
    if (!(known as readonly unknown[]).includes(value))
      throw wrong(field, value, `one of ${known.join(", ")}`);
  }
  for (const field of wholes) {
    const value = config[field];
    if (!Number.isInteger(value) || value < 1) throw wrong(field, value, "a positive whole number");
  }
  for (const [field, isIn, words] of ranges) {
    const value = config[field] as number;
    if (!(Number.isFinite(value) && isIn(value))) throw wrong(field, value, `a number ${words}`);
  }
  if (config.width % config.heads !== 0)
    throw wrong("heads", config.heads, `a divisor of the width ${config.width}`);
  checkAugmentations(config.augmentations);
  checkSchedule(config);
  return config;
}

function checkAugmentations(augmentations: HyperConfig["augmentations"]): void {
  checkFields("augmentations", augmentations, ["permutation", "erasing", "noise"]);
  const { permutation, erasing, noise } = augmentations;
  if (typeof permutation !== "boolean") throw wrong("permutation", permutation, "true or false");
  if (!(noise >= 0 && Number.isFinite(noise))) throw wrong("noise", noise, "a deviation of at least 0");
  if (erasing === null) return;
  checkFields("erasing", erasing, ["probability", "low", "high"]);
  const { probability, low, high } = erasing;
  if (!(probability >= 0 && probability <= 1))
    throw wrong("erasing.probability", probability, "a share from 0 to 1");
  if (!(low >= 0 && low <= high && high <= 1))
    throw wrong("erasing", `${low} to ${high}`, "shares 0 <= low <= high <= 1");
}

function checkSchedule({ schedule, earlyStopping }: HyperConfig): void {
  checkFields("schedule", schedule, ["kind", "factor", "patience", "warmup"]);
  if (!["constant", "plateau", "cosine"].includes(schedule.kind)) {
    throw wrong("schedule", schedule.kind, "constant, plateau or cosine");
  }
  if (schedule.kind === "plateau") {
    const { factor, patience } = schedule;
    if (!(factor > 0 && factor < 1)) throw wrong("schedule.factor", factor, "a factor between 0 and 1");
    if (!(Number.isInteger(patience) && patience >= 1))
      throw wrong("schedule.patience", patience, "evaluations, 1 or more");
  }
  if (schedule.kind === "cosine" && !(schedule.warmup >= 0 && schedule.warmup < 1)) {
    throw wrong("schedule.warmup", schedule.warmup, "a share from 0 to below 1");
  }
  if (earlyStopping === null) return;
  checkFields("earlyStopping", earlyStopping, ["patience"]);
  const { patience } = earlyStopping;
  if (!(Number.isInteger(patience) && patience >= 1))
    throw wrong("earlyStopping.patience", patience, "evaluations, 1 or more");
}

/** Refuses what is no object, and misspelt fields, which would be ignored in silence. */
function checkFields(field: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null)
    throw wrong(field, value, `an object of ${known.join(", ")}`);
  checkOptions(value, known, `a hyper-representation's ${field}`);
}

function wrong(field: string, value: unknown, wanted: string): SpecError {
  return new SpecError("hyper/config", `a hyper-representation's ${field} is ${value}; give ${wanted}`, {
    value,
  });
}
