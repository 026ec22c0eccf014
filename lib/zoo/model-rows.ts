import type { ZooFacts } from "./facts.js";

/** The row of each model that comes first in a table of facts, whatever their order. */
export function firstRows({ model }: Pick<ZooFacts, "model">): number[] {
  const seen = new Set<number>();
  const rows: number[] = [];
  model.forEach((number, row) => {
    if (seen.has(number)) return;
    seen.add(number);
    rows.push(row);
  });
  return rows;
}

/**
 * The row of each model's last checkpoint, which in an imported zoo need not be of the same epoch for all.
 * @param facts of a zoo, whose rows are ordered by model, then epoch
 */
export function lastRows({ model }: Pick<ZooFacts, "model">): number[] {
  return Array.from(model.keys()).filter((row) => model[row] !== model[row + 1]);
}
