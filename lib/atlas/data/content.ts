import { DataError, SpecError } from "../../core/errors.js";
import { histogramSettings, type WindowedHistogramOptions } from "../../core/numeric/histogram-settings.js";

/** A fact of every model: numbers (NaN where it is not known), words, or yes and no. */
export type AtlasColumn =
  | Int32Array
  | Float32Array
  | Float64Array
  | readonly number[]
  | readonly string[]
  | readonly boolean[];

/**
 * The descriptors of all models, and how they were made, so that the page can make that of a file in the same way. What
 * is left out of the settings is windowedHistogram's default.
 */
export interface AtlasDescriptors extends WindowedHistogramOptions {
  /** [models, windows * bins], each window's shares in 0..1. */
  readonly data: Float32Array;
}

/** What an atlas shows. It does not matter how embedding and descriptors were made. */
export interface AtlasContent {
  readonly title: string;
  /** One or two sentences: where the models come from. */
  readonly description?: string;
  /** One a model. */
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, AtlasColumn>>;
  /** Places of the models by the embedding's name: [models, 2]. The first is shown first. */
  readonly embeddings: Readonly<Record<string, Float32Array>>;
  readonly descriptors?: AtlasDescriptors;
  /** Column by which points are coloured first. Default: the first column. */
  readonly color?: string;
  /** Column of words in whose groups numbers can be normalised, as accuracy within each data set. */
  readonly normalizeBy?: string;
}

/**
 * Checks that the parts fit each other.
 * @throws DataError "atlas/empty", "atlas/length" or "atlas/nan"; SpecError "atlas/column" for a column that is asked for
 *   and not there
 */
export function checkContent(content: AtlasContent): void {
  const { names, columns, embeddings, descriptors } = content;
  const models = names.length;
  if (models === 0) throw new DataError("atlas/empty", "an atlas needs at least one model");
  if (Object.keys(embeddings).length === 0) {
    throw new DataError("atlas/empty", "an atlas needs an embedding: places of the models, [models, 2]");
  }
  for (const [name, column] of Object.entries(columns))
    checkLength(`column "${name}"`, column.length, models, 1);
  for (const [name, points] of Object.entries(embeddings)) {
    checkLength(`embedding "${name}"`, points.length, models, 2);
    checkFinite(`embedding "${name}"`, points, 2, names);
  }
  if (descriptors) checkDescriptors(descriptors, names);
  for (const column of [content.color, content.normalizeBy]) {
    if (column !== undefined) requireColumn(columns, column);
  }
  const groups = content.normalizeBy === undefined ? undefined : columns[content.normalizeBy];
  if (groups && typeof groups[0] === "number") {
    throw new SpecError(
      "atlas/column",
      `numbers are normalised within groups, and column "${content.normalizeBy}" holds numbers; give one of words`,
      { value: content.normalizeBy },
    );
  }
}

/** @throws SpecError "atlas/column" naming the columns that are there */
export function requireColumn(columns: Readonly<Record<string, unknown>>, name: string): void {
  if (Object.hasOwn(columns, name)) return;
  const known = Object.keys(columns).join(", ") || "none";
  throw new SpecError("atlas/column", `there is no column "${name}"; there are: ${known}`, { value: name });
}

function checkLength(what: string, got: number, models: number, each: number): void {
  if (got === models * each) return;
  throw new DataError(
    "atlas/length",
    `${what} has ${got} values, but ${models} models need ${models * each}`,
    { value: got },
  );
}

function checkFinite(what: string, values: Float32Array, each: number, names: readonly string[]): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const model = names[Math.floor(at / each)];
  throw new DataError(
    "atlas/nan",
    `${what} holds ${values[at]} for model "${model}"; leave that model out, or give it a number`,
    { value: values[at] },
  );
}

function checkDescriptors({ data, ...options }: AtlasDescriptors, names: readonly string[]): void {
  const { windows, bins } = histogramSettings(options);
  const size = windows * bins;
  checkLength("descriptors", data.length, names.length, size);
  checkFinite("descriptors", data, size, names);
  const at = data.findIndex((value) => value < 0 || value > 1.0001);
  if (at < 0) return;
  throw new DataError(
    "atlas/descriptor",
    `the descriptor of model "${names[Math.floor(at / size)]}" holds ${data[at]}; shares of a window lie in 0 to 1`,
    { value: data[at] },
  );
}
