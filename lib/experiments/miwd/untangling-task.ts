import type { CrossValidatedSvm } from "../../analysis/svm/cross-validation.js";

/** What is classified, by the name of the paper's Fig. 3: columns of the facts. */
export const untanglingTasks = {
  "data set": "dataset",
  optimiser: "optimizer",
  activation: "activation",
  initialiser: "init",
  "batch size": "batch_size",
} as const;

/** One classification: the same rows, labels and folds for all representations. */
export interface UntanglingTask {
  readonly name: string;
  /** Places among the evaluated models; without classes that are too small for the folds. */
  readonly rows: readonly number[];
  readonly labels: readonly string[];
  /** Of each row: whether its model has more weights than half of all evaluated. */
  readonly isLarger: readonly boolean[];
  /** Share of the commonest class: what a guess reaches. */
  readonly commonest: number;
  /** By representation, in their order. */
  readonly results: readonly CrossValidatedSvm[];
  /** Whether each row was told rightly, by representation. */
  readonly hits: readonly (readonly boolean[])[];
}
