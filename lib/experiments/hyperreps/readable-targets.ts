import type { TargetColumns } from "../../analysis/probes/targets.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";

/**
 * The targets that a zoo lets a probe read: numbers that are finite and vary in every split, words that vary in the
 * training split. In a small zoo a factor may take one value only, and an import may lack values; such cells stay empty.
 */
export function readableTargets(
  splits: ZooSplits,
  targets: Readonly<Record<string, string>>,
): Record<string, string> {
  const varies = (facts: TargetColumns, column: string) => {
    const values = Array.from((facts[column] ?? []) as ArrayLike<unknown>);
    const isWhole = values.every((value) => typeof value !== "number" || Number.isFinite(value));
    return isWhole && values.some((value) => value !== values[0]);
  };
  const isReadable = (column: string) => {
    const isNumber = typeof splits.train.facts[column]?.[0] === "number";
    const needed = isNumber ? [splits.train, splits.validation, splits.test] : [splits.train];
    return needed.every(({ facts }) => varies(facts, column));
  };
  return Object.fromEntries(Object.entries(targets).filter(([, column]) => isReadable(column)));
}
