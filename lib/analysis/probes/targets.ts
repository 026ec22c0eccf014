import { SpecError } from "../../core/errors.js";
import type { ZooFacts } from "../../zoo/facts.js";
import { type OfSplits, type ProbeTarget, splitNames } from "./splits.js";

/** Columns of a table of facts, or of anything else that has a value a row. */
export type TargetColumns = Pick<ZooFacts, "model"> & {
  readonly [column: string]: ArrayLike<number> | readonly string[] | readonly boolean[];
};

/** Column of the facts that each target of the 2021 paper's tables is, by its printed name. */
export const publishedTargets: Readonly<Record<string, string>> = {
  eph: "epoch",
  acc: "test_accuracy",
  ggap: "generalization_gap",
  lr: "learning_rate",
  l2: "weight_decay",
  drop: "dropout",
  tf: "train_fraction",
  act: "activation",
  init: "init",
  opt: "optimizer",
  f1c0: "f1_class_0",
  f1c1: "f1_class_1",
  f1c2: "f1_class_2",
  f1c3: "f1_class_3",
};

/** A target with the probe that its column's type asks for. */
export type TypedTarget =
  | { readonly kind: "r2"; readonly target: ProbeTarget<number> }
  | { readonly kind: "accuracy"; readonly target: ProbeTarget<string> };

/**
 * Reads targets from columns: numbers are for ridge regression, words and booleans for a softmax.
 * @param targets column by name
 * @throws SpecError "probe/target" for a column that there is not, naming those that there are
 */
export function readTargets(
  facts: OfSplits<TargetColumns>,
  targets: Readonly<Record<string, string>>,
): TypedTarget[] {
  return Object.entries(targets).map(([name, column]) => {
    for (const split of splitNames) {
      if (Object.hasOwn(facts[split], column)) continue;
      const known = Object.keys(facts[split]).join(", ");
      const message = `probe of ${name}: the ${split} split has no column "${column}"; it has ${known}`;
      throw new SpecError("probe/target", message, { value: column });
    }
    const ofSplits = <T>(read: (columns: TargetColumns) => T): OfSplits<T> => ({
      train: read(facts.train),
      validation: read(facts.validation),
      test: read(facts.test),
    });
    if (typeof facts.train[column][0] === "number") {
      const values = ofSplits((columns) => columns[column] as ArrayLike<number>);
      return { kind: "r2", target: { name, values } };
    }
    const values = ofSplits((columns) => Array.from(columns[column] as ArrayLike<string | boolean>, String));
    return { kind: "accuracy", target: { name, values } };
  });
}

/** A target with the kind of its values. */
export function typedTarget(target: ProbeTarget<number> | ProbeTarget<string>): TypedTarget {
  return isNumeric(target) ? { kind: "r2", target } : { kind: "accuracy", target };
}

function isNumeric(target: ProbeTarget<number> | ProbeTarget<string>): target is ProbeTarget<number> {
  return typeof target.values.train[0] === "number";
}

/** Values of the train split, sorted, and the index among them of each row's. */
export function classesOf(values: ArrayLike<string>): { classes: string[]; labels: Int32Array } {
  const classes = [...new Set(Array.from(values))].sort();
  const place = new Map(classes.map((name, c) => [name, c]));
  return { classes, labels: Int32Array.from(Array.from(values), (name) => place.get(name) ?? 0) };
}
