import { checkOptions, SpecError } from "../core/errors.js";
import type { ZooFacts } from "../zoo/facts.js";
import { specNetwork } from "../zoo/spec/models.js";
import type { Split } from "../zoo/spec/spec.js";
import type { Zoo } from "../zoo/store/zoo.js";
import { checkRows } from "./checks.js";
import type { WeightRows } from "./types.js";

/** Checkpoints of one split of a zoo, with their facts row by row. */
export interface ZooRows extends WeightRows {
  readonly facts: ZooFacts;
}

/** The three splits of a zoo. They part models, never checkpoints. */
export interface ZooSplits {
  readonly train: ZooRows;
  readonly validation: ZooRows;
  readonly test: ZooRows;
}

/** Which checkpoints of a zoo are taken. */
export interface ZooRowsOptions {
  /** So many models over all three splits, evenly spaced in each so that a grid stays one; all by default. */
  readonly models?: number;
  /** So many checkpoints a model, evenly spaced and with the last; all by default. */
  readonly checkpoints?: number;
}

/**
 * A zoo's checkpoints by split, without diverged models.
 * @throws SpecError "zoo/mixed" when the models differ in their networks; "representation/empty" naming a split that
 *   has no rows; "zoo-rows/count" for a number that is not positive and whole; DataError "representation/nan"
 */
export function zooSplits(zoo: Zoo, options: ZooRowsOptions = {}): ZooSplits {
  return {
    train: zooRows(zoo, "train", options),
    validation: zooRows(zoo, "validation", options),
    test: zooRows(zoo, "test", options),
  };
}

/** The checkpoints of one split; see zooSplits. */
export function zooRows(zoo: Zoo, split: Split, options: ZooRowsOptions = {}): ZooRows {
  checkOptions(options, ["models", "checkpoints"], "zooRows");
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    throw new SpecError("zoo-rows/count", `zooRows: ${name} is ${value}; give a positive whole number`, {
      value,
    });
  }
  const { layout } = zoo;
  const diverged = new Set(zoo.diverged);
  const models = modelsOf(zoo, split).filter((model) => !diverged.has(model));
  const share = options.models === undefined ? 1 : options.models / (zoo.models - diverged.size);
  const chosen = new Set(evenly(models, Math.max(1, Math.round(models.length * share))));
  const epochs = new Set(evenly(zoo.epochs, options.checkpoints ?? zoo.epochs.length));
  const { weights, facts } = zoo.select((row) => chosen.has(row.model) && epochs.has(row.epoch));
  const where = `the ${split} split of ${zoo.spec.name}`;
  const network = zoo.kind === "trained" ? specNetwork(zoo.spec) : zoo.spec.network;
  const rows = { weights, facts, layout, ...(network ? { network } : {}) };
  checkRows(rows, where);
  return rows;
}

function modelsOf({ facts }: Zoo, split: Split): number[] {
  const models = new Set<number>();
  for (let row = 0; row < facts.model.length; row++) {
    if (facts.split[row] === split) models.add(facts.model[row]);
  }
  return [...models];
}

/** `count` of the values, evenly spaced, the last among them; all where there are no more. */
function evenly(values: readonly number[], count: number): number[] {
  if (count >= values.length) return [...values];
  return Array.from({ length: count }, (_, i) => values[Math.round(((i + 1) * values.length) / count) - 1]);
}
