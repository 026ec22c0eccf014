import type { DescribedModels } from "./described-models.js";
import type { Embeddings } from "./embeddings.js";
import type { Selections } from "./selections.js";
import { untanglingTasks } from "./untangling-task.js";

/** What tables and figures call a model: its data set, optimiser, activation and initialiser, as the paper's Fig. 2. */
export function modelName({ parts }: Pick<DescribedModels, "parts">, place: number): string {
  const { dataset, optimizer, activation, init } = parts.facts;
  return [dataset, optimizer, activation, init].map((column) => column[place]).join(", ");
}

/** Embeddings coloured by initialiser, for `latentScatter`. */
export function embeddingPanels({ embeddings }: Pick<Embeddings, "embeddings">) {
  return embeddings.map(({ name, clusters }) => ({
    name,
    points: clusters.points,
    color: clusters.init,
    label: "initialiser",
  }));
}

/** A line for each selection: its models, their accuracy, and the commonest settings with their shares. */
export function selectionTable({ selections }: Pick<Selections, "selections">) {
  return selections.map(({ name, performance, members, accuracy, commonest }) => ({
    selection: name,
    performance,
    models: members.length,
    "normalised accuracy": accuracy,
    ...Object.fromEntries(
      Object.entries(commonest).map(([task, { value, share }]) => [
        task,
        `${value} (${Math.round(100 * share)} %)`,
      ]),
    ),
  }));
}

/** Axes of some evaluated models' settings and accuracy, for `parallelCoordinates`; the ends are those of all. */
export function settingAxes(
  { parts }: Pick<DescribedModels, "parts">,
  accuracy: Float64Array,
  places: readonly number[],
) {
  const { facts } = parts;
  const pick = <T>(column: ArrayLike<T>) => places.map((place) => column[place]);
  const words = Object.entries(untanglingTasks).map(([name, column]) => {
    const all = Array.from(facts[column] as ArrayLike<string | number>, String);
    const values = [...new Set(all)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return { name, column: pick(all), values };
  });
  const numbers = Object.entries({ "learning rate": facts.learning_rate, accuracy }).map(
    ([name, column]) => ({
      name,
      column: pick(column),
      values: [column.reduce((a, b) => Math.min(a, b)), column.reduce((a, b) => Math.max(a, b))] as const,
    }),
  );
  return [...words, ...numbers];
}

/** The pairs of the greatest difference in accuracy. */
export function closePairTable(
  described: Pick<DescribedModels, "parts">,
  { pairs }: Pick<Selections, "pairs">,
  most = 8,
) {
  const { model, test_accuracy: accuracy } = described.parts.facts;
  return pairs.slice(0, most).map(({ worse, better, distance, closer }) => ({
    "worse model": `${model[worse]}: ${modelName(described, worse)}`,
    "better model": `${model[better]}: ${modelName(described, better)}`,
    "test accuracy": `${accuracy[worse].toFixed(2)} and ${accuracy[better].toFixed(2)}`,
    distance,
    "pairs that lie closer, percent": 100 * closer,
  }));
}
