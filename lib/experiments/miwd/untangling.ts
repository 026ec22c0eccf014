import { type CrossValidatedSvm, crossValidatedSvm } from "../../analysis/svm/cross-validation.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { takeRows } from "../../core/matrix.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import type { DescribedModels } from "./described-models.js";
import { isLarger, type ModelParts, modelParts } from "./model-parts.js";
import { partsSetting } from "./parts-setting.js";
import { type Represented, representModels } from "./represented.js";
import type { MiwdSetting } from "./setting.js";
import { untanglingClaims } from "./untangling-claims.js";
import { accuracyTable, deviationTable, halvesTable } from "./untangling-tables.js";
import { type UntanglingTask, untanglingTasks } from "./untangling-task.js";

export interface Untangling extends DescribedModels {
  /** Tasks that have at least two classes of enough models. */
  readonly tasks: readonly UntanglingTask[];
  /** Percent, with intervals over the evaluated models; the last row is the commonest class. */
  readonly accuracy: ResultTable;
  /** Standard deviation over the folds, in percentage points: the paper's error bars. */
  readonly deviation: ResultTable;
  /** Percent at the largest size, of models with fewer and with more weights than half of them. */
  readonly halves: ResultTable;
  readonly claims: readonly ScoreRow[];
}

export interface UntanglingOptions extends LongRunOptions {
  readonly setting: MiwdSetting;
  readonly rng: RandomStream;
}

/** Models that a class must have: enough for the folds, and for three inner ones in each where these choose a cost. */
function leastOfClass({ folds, costs }: MiwdSetting): number {
  return Math.max(folds, costs.length > 1 ? 6 : 4);
}

/**
 * Fig. 3 of Eilertsen et al. 2024: how well linear SVMs in stratified cross-validation tell five hyper-parameters from
 * the last weights of models of mixed architecture, by representation. Representations are fitted on other models than
 * those evaluated; scaling and cost of the SVM belong to each fold (see crossValidatedSvm).
 * @throws as modelParts, crossValidatedSvm and the representations; InterruptedError
 */
export async function runUntangling(zoo: Zoo, given: UntanglingOptions): Promise<Untangling> {
  checkOptions(given, ["setting", "rng", "signal", "onProgress"], "runUntangling");
  const { setting, rng, signal, onProgress } = interruptible(given);
  const names = Object.entries(untanglingTasks);
  const part = inParts(onProgress, "untangling", 1 + names.length);
  const listen = (index: number) => {
    const own = part(index);
    return { signal, ...(own ? { onProgress: own } : {}) };
  };
  const parts = await modelParts(zoo, setting.perGroup, rng, { signal });
  const representing = { sizes: setting.sizes, rng: rng.split("representations"), ...listen(0) };
  const representations = await representModels(parts, representing);
  const tasks: UntanglingTask[] = [];
  for (const [t, [name, column]] of names.entries()) {
    const labels = Array.from(parts.facts[column], String);
    const chosen = rowsOfClasses(labels, leastOfClass(setting));
    if (new Set(chosen.map((row) => labels[row])).size < 2) continue;
    const run = { setting, rng: rng.split("task", name), ...listen(1 + t) };
    tasks.push(await untangle(name, { parts, representations, labels, chosen }, run));
  }
  const text = partsSetting(zoo, parts, setting);
  return {
    parts,
    representations,
    tasks,
    accuracy: accuracyTable(tasks, representations, text, rng.split("table")),
    deviation: deviationTable(tasks, representations, text),
    halves: halvesTable(tasks, representations, text, rng.split("halves")),
    setting: text,
    claims: untanglingClaims(tasks, representations, { setting, text, rng: rng.split("claims") }),
  };
}

/** Rows of classes that have at least so many. */
function rowsOfClasses(labels: readonly string[], least: number): number[] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return labels.flatMap((label, row) => (counts.get(label)! >= least ? [row] : []));
}

interface TaskInput {
  readonly parts: ModelParts;
  readonly representations: readonly Represented[];
  readonly labels: readonly string[];
  readonly chosen: readonly number[];
}

async function untangle(name: string, input: TaskInput, run: UntanglingOptions): Promise<UntanglingTask> {
  const { setting, rng, signal, onProgress } = run;
  const { parts, representations, chosen } = input;
  const labels = chosen.map((row) => input.labels[row]);
  const part = inParts(onProgress, name, representations.length);
  const results: CrossValidatedSvm[] = [];
  for (const [r, { points }] of representations.entries()) {
    const own = part(r);
    const options = { folds: setting.folds, C: setting.costs, signal, ...(own ? { onProgress: own } : {}) };
    // The same stream for all: equal folds.
    results.push(await crossValidatedSvm(takeRows(points, chosen), labels, { rng, ...options }));
  }
  const counts = [...new Set(labels)].map((label) => labels.filter((other) => other === label).length);
  const larger = isLarger(parts);
  return {
    name,
    rows: chosen,
    labels,
    isLarger: chosen.map((row) => larger[row]),
    commonest: Math.max(...counts) / labels.length,
    results,
    hits: results.map(({ predictions }) => predictions.map((predicted, i) => predicted === labels[i])),
  };
}
