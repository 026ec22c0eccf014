import { DataError } from "../../core/errors.js";
import { modelSplits } from "../spec/spec.js";
import type { Column, Columns } from "../store/parquet.js";
import type { ZooSpec } from "../types.js";

/** Shares of the models in each split, and the seed that assigns them. */
export type SplitShares = ZooSpec["split"];

/** The split of the papers: 70/15/15 by model. */
const defaultSplit: SplitShares = { train: 0.7, validation: 0.15, test: 0.15, seed: 0 };

/** What stands for a fact that the source does not tell: NaN, an empty text, or a whole number. */
type Otherwise = "none" | "" | -1 | 0;

/** The order of the columns, and what stands for a fact that the source does not tell. */
const columnDefaults: Readonly<Record<string, Otherwise>> = {
  model: 0,
  epoch: 0,
  seed: -1,
  split: "",
  activation: "",
  init: "",
  optimizer: "",
  learning_rate: "none",
  learning_rate_decay: "none",
  weight_decay: "none",
  momentum: "none",
  dropout: "none",
  train_fraction: "none",
  augmentation: "",
  batch_size: -1,
  loss: "",
  network: "",
  dataset: "",
  train_loss: "none",
  test_loss: "none",
  train_accuracy: "none",
  test_accuracy: "none",
  generalization_gap: "none",
  trained_epochs: -1,
};

/** Columns of numbers that a zoo has, but for `model`. */
export const numberColumns: readonly string[] = Object.entries(columnDefaults)
  .filter(([name, otherwise]) => otherwise !== "" && name !== "model")
  .map(([name]) => name);

/**
 * The facts of imported checkpoints with every column that a zoo has. What the source does not tell is NaN, ""
 * or, for whole numbers, -1; further columns are kept behind.
 * @param given columns by their names in a zoo, among them `model` and `epoch`, sorted by both
 * @param place where a row's facts come from (file and line), for messages
 * @param shares how models are assigned to splits where `given` has no column `split`
 * @throws DataError "csv/number" naming place and column of what is no whole number of 32 bits where one must be
 */
export function completeFacts(
  given: Columns,
  place: (row: number) => string,
  shares: SplitShares = defaultSplit,
): Columns {
  const rows = given.model.length;
  const model = given.model as Int32Array;
  const { diverged = new Array<boolean>(rows).fill(false), ...known } = given;
  const facts: Record<string, Column> = {};
  const kindOf = (name: string, otherwise: Otherwise) =>
    asKind(known[name], otherwise, (row) => `${place(row)}: ${name}`);
  for (const [name, otherwise] of Object.entries(columnDefaults)) {
    facts[name] = name in known ? kindOf(name, otherwise) : filled(rows, otherwise);
  }
  if (!("split" in given)) {
    const splits = modelSplits({ models: (model.at(-1) ?? -1) + 1, split: shares });
    facts.split = Array.from(model, (index) => splits[index]);
  }
  if (!("generalization_gap" in given)) {
    const { train_accuracy: train, test_accuracy: test } = facts;
    facts.generalization_gap = Float64Array.from(
      { length: rows },
      (_, row) => Number(train[row]) - Number(test[row]),
    );
  }
  const further = Object.keys(known).filter((name) => !(name in columnDefaults));
  const f1 = further.filter((name) => name.startsWith("f1_class_"));
  for (const name of f1) facts[name] = kindOf(name, "none");
  const others = further.filter((name) => !f1.includes(name)).map((name) => [name, known[name]]);
  return { ...facts, diverged, ...Object.fromEntries(others) };
}

function filled(rows: number, value: Otherwise): Column {
  if (value === "none") return new Float64Array(rows).fill(Number.NaN);
  return value === "" ? new Array<string>(rows).fill(value) : new Int32Array(rows).fill(value);
}

/** A column as the kind that a zoo has it in: a CSV file whose learning rates are all 1 looks like whole numbers. */
function asKind(column: Column, otherwise: Otherwise, place: (row: number) => string): Column {
  const values: ArrayLike<string | number | boolean> = column;
  if (otherwise === "") return Array.from(values, String);
  const numberOf = (value: string | number | boolean) => (value === "" ? Number.NaN : Number(value));
  const numbers = Float64Array.from({ length: values.length }, (_, row) => numberOf(values[row]));
  if (otherwise === "none") return numbers;
  return Int32Array.from(numbers, (value, row) => {
    if (Number.isNaN(value)) return otherwise;
    if (isWhole(value)) return value;
    throw new DataError("csv/number", `${place(row)} is ${value}; it must be ${aWhole}`, { value });
  });
}

/** What a column of whole numbers holds. */
export const aWhole = "a whole number of 32 bits, -2147483648 to 2147483647";

/** Whether a column of whole numbers can hold a value. */
export function isWhole(value: number): boolean {
  return value === (value | 0);
}

/** Which rows of a source are kept, in the order of model, then epoch. */
export interface RowOrder {
  /** Rows of the source. */
  readonly rows: Int32Array;
  /** Model and epoch of each kept row. */
  readonly model: Int32Array;
  readonly epoch: Int32Array;
}

/**
 * Numbers models in the order of their first appearance and sorts the rows by model, then epoch.
 * @param names of each row's model
 * @param epochs of each row
 * @param where what the rows are of, for messages
 * @param options at most so many models; only these epochs
 * @throws DataError "import/empty" when no row is left, "import/twice" for two rows of one model and epoch,
 *   "import/epoch" for an epoch that is no whole number
 */
export function orderRows(
  names: readonly string[],
  epochs: ArrayLike<number>,
  where: string,
  options: { readonly models?: number; readonly epochs?: readonly number[] } = {},
): RowOrder {
  const numbers = new Map<string, number>();
  const wanted = options.epochs && new Set(options.epochs);
  const most = options.models ?? Number.POSITIVE_INFINITY;
  const kept: { row: number; model: number; epoch: number }[] = [];
  names.forEach((name, row) => {
    if (!isWhole(epochs[row])) {
      const message = `${where} has model ${name} at epoch ${epochs[row]}; it must be ${aWhole}`;
      throw new DataError("import/epoch", message, { value: epochs[row] });
    }
    if (wanted && !wanted.has(epochs[row])) return;
    const model = numbers.get(name) ?? numbers.size;
    if (model >= most) return;
    numbers.set(name, model);
    kept.push({ row, model, epoch: epochs[row] });
  });
  kept.sort((a, b) => a.model - b.model || a.epoch - b.epoch || a.row - b.row);
  if (kept.length === 0) {
    throw new DataError("import/empty", `${where} has no checkpoint of the models and epochs asked for`);
  }
  const twice = kept.findIndex((it, i) => it.model === kept[i + 1]?.model && it.epoch === kept[i + 1]?.epoch);
  if (twice !== -1) {
    const { row, epoch } = kept[twice];
    throw new DataError("import/twice", `${where} has model ${names[row]} twice at epoch ${epoch}`, {
      value: names[row],
    });
  }
  return {
    rows: Int32Array.from(kept, ({ row }) => row),
    model: Int32Array.from(kept, ({ model }) => model),
    epoch: Int32Array.from(kept, ({ epoch }) => epoch),
  };
}
