import type { ZooFacts } from "./facts.js";
import { firstRows } from "./model-rows.js";

/** Models that have one value of a field. */
export interface Level {
  readonly value: string | number | boolean;
  readonly models: number;
}

/** A field (column of the facts) that differs from model to model: its levels, or least and greatest of many numbers. */
export interface VariedColumn {
  readonly column: string;
  /** By the first model that has each; null where there are too many different numbers to list. */
  readonly levels: readonly Level[] | null;
  /** null where the values are no numbers. */
  readonly min: number | null;
  readonly max: number | null;
}

/** Different numbers up to which they are listed one by one. */
const mostLevels = 12;

/** Columns that say what a model is, in the order in which they are described; families' numbers follow them. */
const settings = [
  "dataset",
  "network",
  "activation",
  "init",
  "optimizer",
  "loss",
  "batch_size",
  "learning_rate",
  "learning_rate_decay",
  "momentum",
  "weight_decay",
  "dropout",
  "train_fraction",
  "augmentation",
];

/** The settings in which the models of a zoo differ, from its facts. */
export function variedColumns(facts: ZooFacts): VariedColumn[] {
  const family = Object.keys(facts).filter((column) => column.startsWith("network_"));
  // A family's networks have a name for each combination of its numbers, which are listed themselves.
  const named = settings.filter((column) => column in facts && (column !== "network" || family.length === 0));
  const rows = firstRows(facts);
  return [...named, ...family]
    .map((column) =>
      variedColumn(
        column,
        rows.map((row) => facts[column][row]),
      ),
    )
    .filter(({ levels }) => levels === null || levels.length > 1);
}

function variedColumn(column: string, values: readonly Level["value"][]): VariedColumn {
  const counts = new Map<Level["value"], number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const numbers = [...counts.keys()].filter((value): value is number => typeof value === "number");
  if (numbers.length === 0) return { column, levels: levelsOf(counts), min: null, max: null };
  const finite = numbers.filter(Number.isFinite).sort((a, b) => a - b);
  const levels = counts.size > mostLevels ? null : levelsOf(counts);
  return { column, levels, min: finite[0] ?? null, max: finite[finite.length - 1] ?? null };
}

function levelsOf(counts: ReadonlyMap<Level["value"], number>): Level[] {
  return [...counts].map(([value, models]) => ({ value, models }));
}
