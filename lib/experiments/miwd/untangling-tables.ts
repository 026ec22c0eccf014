import { bootstrapInterval, type Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import { intervalTable } from "../interval-table.js";
import type { Represented } from "./represented.js";
import type { UntanglingTask } from "./untangling-task.js";

/** Name of the row that says what a guess reaches. */
export const commonestClass = "commonest class";

/** Share of right predictions among some of a task's models, in percent. */
function shareOfHits(hits: readonly boolean[], rng: RandomStream): Interval | undefined {
  if (hits.length === 0) return undefined;
  const share = (sample: readonly boolean[]) => (100 * sample.filter(Boolean).length) / sample.length;
  return bootstrapInterval(hits, share, { rng, rounds: 1000 });
}

/** Accuracy in percent over all predictions, with 95 percent intervals over models. */
export function accuracyTable(
  tasks: readonly UntanglingTask[],
  representations: readonly Represented[],
  setting: string,
  rng: RandomStream,
): ResultTable {
  const names = representations.map(({ name }) => name);
  const frame = {
    id: "miwd/fig3",
    caption: `Accuracy of linear SVMs in percent, by representation; ${setting}`,
    rowKey: "representation",
    rows: [...names, commonestClass],
    columns: tasks.map(({ name }) => name),
  };
  return intervalTable(frame, (row, column) => {
    const task = tasks.find(({ name }) => name === column)!;
    const place = names.indexOf(row);
    if (place >= 0) return shareOfHits(task.hits[place], rng.split(row, column));
    const value = 100 * task.commonest;
    return { value, low: value, high: value };
  });
}

/** Standard deviation of the folds' accuracies in percentage points. */
export function deviationTable(
  tasks: readonly UntanglingTask[],
  representations: readonly Represented[],
  setting: string,
): ResultTable {
  return {
    id: "miwd/fig3-deviation",
    caption: `Standard deviation of the accuracy over the folds, in percentage points; ${setting}`,
    rowKey: "representation",
    rows: representations.map(({ name }) => name),
    columns: tasks.map(({ name }) => name),
    values: representations.map((_, r) => tasks.map(({ results }) => 100 * results[r].deviation)),
  };
}

/** Accuracy at the largest size of the models with fewer and with more weights, by the same classifiers. */
export function halvesTable(
  tasks: readonly UntanglingTask[],
  representations: readonly Represented[],
  setting: string,
  rng: RandomStream,
): ResultTable {
  const largest = Math.max(...representations.map(({ size }) => size));
  const places = representations.flatMap(({ size }, r) => (size === largest ? [r] : []));
  const halves = ["fewer weights", "more weights"];
  const frame = {
    id: "miwd/fig3-halves",
    caption: `Accuracy in percent of the models with fewer and with more weights than half of them; ${setting}`,
    rowKey: "representation",
    rows: places.map((r) => representations[r].name),
    columns: tasks.flatMap(({ name }) => halves.map((half) => `${name}, ${half}`)),
  };
  return intervalTable(frame, (row, column) => {
    const r = places.find((place) => representations[place].name === row)!;
    const place = frame.columns.indexOf(column);
    const task = tasks[Math.floor(place / halves.length)];
    const wantLarger = place % halves.length === 1;
    const hits = task.hits[r].filter((_, i) => task.isLarger[i] === wantLarger);
    return shareOfHits(hits, rng.split(row, column));
  });
}
