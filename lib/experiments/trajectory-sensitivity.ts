import type { TieOrder } from "../analysis/trajectories.js";
import { checkOptions } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { inParts, type LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import type { ResultTable } from "../core/tables.js";
import { describeZoo } from "../zoo/describe.js";
import type { NamedZooOptions } from "../zoo/named/recipe.js";
import type { TrainedZoo } from "../zoo/store/zoo.js";
import { publishedTable } from "./published.js";
import { runTrajectories } from "./trajectory-order.js";

/** One answer to something that the papers leave open: another zoo, or another way to look at the default one. */
export interface OpenChoice {
  /** What is open, e.g. "scaling of the inputs". */
  readonly choice: string;
  readonly answer: string;
  /** Changes of the named zoo. */
  readonly zoo?: NamedZooOptions;
  readonly centre?: boolean;
  readonly ties?: TieOrder;
}

/** Answers that both nets know; the first is the default of all else here. */
const common: readonly OpenChoice[] = [
  { choice: "all", answer: "the defaults" },
  { choice: "epoch 0", answer: "kept", zoo: { keepInitial: true } },
  { choice: "scaling of the inputs", answer: "standardised", zoo: { inputScaling: "standardised" } },
  { choice: "resize", answer: "bilinear, as PIL has it" },
  { choice: "squared error", answer: "summed over the outputs", zoo: { learningRate: 0.3 } },
  { choice: "SVD", answer: "centred", centre: true },
  { choice: "equal heights", answer: "as numpy's default sort leaves them", ties: "quicksort" },
  { choice: "equal heights", answer: "in reverse", ties: "reverse" },
  { choice: "equal heights", answer: "mean of both", ties: "average" },
];

/**
 * What the trajectory papers leave open and other answers to it, the defaults first. A loss summed over the ten outputs is
 * trained as its mean with ten times the learning rate and a tenth of the weight decay, which makes the same steps.
 */
export function openChoices(net: "mlp" | "cnn", dataset: string): OpenChoice[] {
  const answers = common.map((entry) => {
    if (entry.choice === "resize") return { ...entry, zoo: { dataset: `${dataset}+smooth` } };
    if (entry.choice !== "squared error") return entry;
    return {
      ...entry,
      zoo:
        net === "mlp" ? { learningRate: 0.3, weightDecay: 3e-5 } : { learningRate: 3e-3, weightDecay: 1e-5 },
    };
  });
  if (net === "mlp") return answers;
  return [
    ...answers,
    { choice: "geometry", answer: "14-12-5-3-1", zoo: { geometry: "stride-1" } },
    { choice: "weight decay", answer: "0.1, as printed", zoo: { variant: "as-printed" } },
    { choice: "weight decay", answer: "0.1, summed error", zoo: { learningRate: 3e-3, weightDecay: 1e-2 } },
    { choice: "weight decay", answer: "0.001, summed error", zoo: { learningRate: 3e-3, weightDecay: 1e-4 } },
  ];
}

export interface SensitivityOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Opens or trains the net's zoo with these changes. */
  readonly train: (changes: NamedZooOptions) => Promise<TrainedZoo>;
}

export interface SensitivityRow {
  readonly choice: string;
  readonly answer: string;
  readonly table: ResultTable;
  /** Median over models at the last epoch. */
  readonly accuracy: number | null;
  /** Mean absolute difference to the published table: ordered fraction and purity, over all spaces. */
  readonly distance: number;
}

/** Which open choice moves which number of Tables 2 and 3, and which answer comes nearest to the published ones. */
export async function runSensitivity(
  net: "mlp" | "cnn",
  choices: readonly OpenChoice[],
  given: SensitivityOptions,
): Promise<SensitivityRow[]> {
  checkOptions(given, ["rng", "train", "signal", "onProgress"], "runSensitivity");
  const { rng, train, signal, onProgress } = interruptible(given);
  const part = inParts(onProgress, "open choices", choices.length);
  const rows: SensitivityRow[] = [];
  for (const [i, { choice, answer, zoo: changes = {}, centre, ties }] of choices.entries()) {
    const zoo = await train(changes);
    const listen = part(i);
    const run = await runTrajectories(zoo, {
      rng: rng.split(choice, answer),
      signal,
      ...(listen ? { onProgress: listen } : {}),
      ...(centre === undefined ? {} : { centre }),
      ...(ties === undefined ? {} : { ties }),
    });
    const accuracy = describeZoo(zoo).last.test_accuracy.median;
    rows.push({ choice, answer, table: run.table, accuracy, distance: tableDistance(net, run.table) });
  }
  return rows;
}

const compared = ["clusterPurity", "orderedEpochsFraction"];

function tableDistance(net: "mlp" | "cnn", table: ResultTable): number {
  const published = publishedTable(`trajectories/${net}`);
  const differences = published.rows.flatMap((row, r) =>
    compared.flatMap((column) => {
      const theirs = published.values[r][published.columns.indexOf(column)];
      const ours = table.values[table.rows.indexOf(row)]?.[table.columns.indexOf(column)] ?? null;
      return theirs === null || ours === null ? [] : [Math.abs(theirs - ours)];
    }),
  );
  return differences.reduce((sum, value) => sum + value, 0) / differences.length;
}

/** The rows for a table: the numbers of full space, SVD-50 and SVD-5 with the published ones on top. */
export function sensitivityTable(
  net: "mlp" | "cnn",
  rows: readonly SensitivityRow[],
): Record<string, string | number | null>[] {
  const published = publishedTable(`trajectories/${net}`);
  const line = (table: ResultTable) => {
    const at = (place: number, column: string) =>
      table.values[place]?.[table.columns.indexOf(column)] ?? null;
    const [fifty, five] = ["svd-50", "svd-5"].map((space) => table.rows.indexOf(space));
    return {
      "ordered fraction": at(0, "orderedEpochsFraction"),
      "at SVD-50": at(fifty, "orderedEpochsFraction"),
      "at SVD-5": at(five, "orderedEpochsFraction"),
      "ordered first epochs": at(0, "orderedInitialEpochs"),
      "these at SVD-50": at(fifty, "orderedInitialEpochs"),
      "purity at SVD-5": at(five, "clusterPurity"),
    };
  };
  return [
    {
      "left open": "",
      answer: "published",
      ...line(published),
      "median accuracy": null,
      "away from published": 0,
    },
    ...rows.map(({ choice, answer, table, accuracy, distance }) => ({
      "left open": choice,
      answer,
      ...line(table),
      "median accuracy": accuracy,
      "away from published": distance,
    })),
  ];
}
