import { DataError } from "../core/errors.js";
import { changeForms } from "./change-names.js";
import { publishedSources } from "./published.js";
import type { DatasetSource } from "./source.js";
import { syntheticSources } from "./synthetic.js";

/** The real data sets that the library can read. */
export const datasetSources: readonly DatasetSource[] = publishedSources;

/** Every name that `loadDataset` takes, without changes: the real sets, then the synthetic ones. */
export function datasetNames(): string[] {
  return [...datasetSources, ...syntheticSources].map((source) => source.name);
}

/**
 * The source of a real data set, by its name without changes.
 * @throws DataError "data/unknown" listing the names there are
 */
export function findSource(name: string): DatasetSource {
  const source = datasetSources.find((entry) => entry.name === name);
  if (!source) {
    throw new DataError(
      "data/unknown",
      `there is no data set "${name}"; the names are ${datasetNames().join(", ")}, each also changed: ${changeForms}`,
      { value: name },
    );
  }
  return source;
}
