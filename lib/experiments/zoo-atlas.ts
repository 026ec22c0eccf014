import { checkOptions, DataError, SpecError } from "../core/errors.js";
import type { HistogramSettings, WindowedHistogramOptions } from "../core/numeric/histogram-settings.js";
import { histogramSettings } from "../core/numeric/histogram-settings.js";
import { Pacer } from "../core/numeric/pacer.js";
import { windowedHistogram } from "../core/numeric/windowed-histogram.js";
import type { LongRunOptions } from "../core/progress.js";
import { inParts } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { umap } from "../representations/umap.js";
import { takeFacts, type ZooFacts } from "../zoo/facts.js";
import { lastRows } from "../zoo/model-rows.js";
import type { Zoo } from "../zoo/store/zoo.js";

/** How a zoo becomes an atlas; the descriptors' options are windowedHistogram's. */
export interface ZooAtlasOptions extends WindowedHistogramOptions, LongRunOptions {
  /** UMAP's initial positions and negative samples. */
  readonly rng: RandomStream;
  /** "last" (default): a point a model, its last checkpoint; "all": a point a checkpoint. */
  readonly checkpoints?: "last" | "all";
  /** Column by which points are coloured first. Default "test_accuracy". */
  readonly color?: string;
  /** Column within whose groups numbers can be normalised. Default "dataset" where the zoo has several. */
  readonly normalizeBy?: string;
  /** UMAP: size of a neighbourhood, the point included. Default 15, or all points where there are fewer. */
  readonly neighbors?: number;
  /** UMAP: least distance of points. Default .1. */
  readonly minDist?: number;
}

/** The content of an atlas, as writeAtlas takes it. */
export interface ZooAtlas {
  readonly title: string;
  readonly description: string;
  readonly names: readonly string[];
  readonly columns: Readonly<
    Record<string, Int32Array | Float64Array | readonly string[] | readonly boolean[]>
  >;
  readonly embeddings: Readonly<Record<string, Float32Array>>;
  readonly descriptors: HistogramSettings & { readonly data: Float32Array };
  readonly color: string;
  readonly normalizeBy?: string;
}

const histogramNames = ["windows", "bins", "range", "scale", "outOfRange"];
const ownNames = [
  "rng",
  "checkpoints",
  "color",
  "normalizeBy",
  "neighbors",
  "minDist",
  "signal",
  "onProgress",
];

/**
 * An atlas of a zoo: a descriptor of each model's weights, UMAP of the descriptors, and the facts that differ
 * (Eilertsen et al. 2024, sections 2.1 and 2.2). Checkpoints whose weights are not all finite have no descriptor; they are
 * left out and counted in the description.
 * @throws SpecError "options/unknown", "atlas/column" for a column that the zoo lacks, "histogram/short" for a network of
 *   fewer weights than windows, "umap/neighbors"; DataError "atlas/empty" when no model is left; InterruptedError
 */
export async function atlasOfZoo(zoo: Zoo, options: ZooAtlasOptions): Promise<ZooAtlas> {
  checkOptions(options, [...histogramNames, ...ownNames], "atlasOfZoo");
  const {
    rng,
    checkpoints = "last",
    color = "test_accuracy",
    signal,
    onProgress,
    neighbors,
    minDist = 0.1,
  } = options;
  const settings = settingsOf(options);
  for (const column of [color, ...(options.normalizeBy === undefined ? [] : [options.normalizeBy])]) {
    requireColumn(zoo, column);
  }
  const part = inParts(onProgress, "atlas", 2);
  const wanted = checkpoints === "last" ? lastRows(zoo.facts) : [...zoo.facts.model.keys()];
  const stop = { ...(signal ? { signal } : {}) };
  const { rows, data } = await describe(zoo, wanted, settings, { ...stop, onProgress: part(0) });
  const embedding = await umap(
    { data, rows: rows.length, cols: settings.windows * settings.bins },
    {
      ...stop,
      onProgress: part(1),
      rng: rng.split("umap"),
      neighbors: neighbors ?? Math.min(15, rows.length - 1),
      minDist,
    },
  );
  const facts = takeFacts(zoo.facts, rows);
  const normalizeBy = options.normalizeBy ?? (new Set(facts.dataset).size > 1 ? "dataset" : undefined);
  return {
    title: zoo.spec.name,
    description: description(zoo, rows.length, wanted.length - rows.length, settings),
    names: namesOf(facts, checkpoints),
    columns: tellingColumns(facts, [
      color,
      normalizeBy,
      ...(checkpoints === "all" ? ["model", "epoch"] : []),
    ]),
    embeddings: { "UMAP of descriptors": embedding.data as Float32Array },
    descriptors: { ...settings, data },
    color,
    ...(normalizeBy === undefined ? {} : { normalizeBy }),
  };
}

function settingsOf(options: ZooAtlasOptions): HistogramSettings {
  const own = Object.entries(options).filter(([name]) => histogramNames.includes(name));
  return histogramSettings(Object.fromEntries(own));
}

function requireColumn({ facts, spec }: Zoo, name: string): void {
  if (Object.hasOwn(facts, name)) return;
  const known = Object.keys(facts).join(", ");
  throw new SpecError("atlas/column", `${spec.name} has no column "${name}"; it has ${known}`, {
    value: name,
  });
}

/** Descriptors of the rows whose weights are finite. */
async function describe(
  zoo: Zoo,
  wanted: readonly number[],
  settings: HistogramSettings,
  options: LongRunOptions,
): Promise<{ rows: number[]; data: Float32Array }> {
  const size = settings.windows * settings.bins;
  const data = new Float32Array(wanted.length * size);
  const rows: number[] = [];
  const pacer = new Pacer(`descriptors of ${zoo.spec.name}`, wanted.length, "models", options);
  for (const row of wanted) {
    const theta = zoo.weightsOf(row);
    if (theta.every(Number.isFinite)) {
      data.set(windowedHistogram(theta, settings), rows.length * size);
      rows.push(row);
    }
    await pacer.add(1);
  }
  if (rows.length > 0) return { rows, data: data.slice(0, rows.length * size) };
  throw new DataError(
    "atlas/empty",
    `all models of ${zoo.spec.name} diverged; an atlas needs models with finite weights`,
  );
}

function namesOf({ model, epoch }: ZooFacts, checkpoints: "last" | "all"): string[] {
  return Array.from(model, (number, row) =>
    checkpoints === "last" ? `model ${number}` : `model ${number}, epoch ${epoch[row]}`,
  );
}

/** Columns that differ between models, and those that were asked for. F1 of each class is ten columns of one fact. */
function tellingColumns(facts: ZooFacts, asked: readonly (string | undefined)[]): ZooAtlas["columns"] {
  const telling = Object.entries(facts).filter(([name, column]) => {
    if (asked.includes(name)) return true;
    if (name === "model" || name.startsWith("f1_class_")) return false;
    const first = column[0];
    return Array.prototype.some.call(column, (value) => !Object.is(value, first));
  });
  return Object.fromEntries(telling);
}

function description(
  zoo: Zoo,
  models: number,
  diverged: number,
  { windows, bins, range, scale }: HistogramSettings,
): string {
  const left = diverged > 0 ? ` ${diverged} whose weights are not finite are left out.` : "";
  return (
    `${models} networks of ${zoo.spec.name} (${zoo.data.name}) by the histograms of their ${scale} weights in ${windows} ` +
    `windows and ${bins} bins from ${range[0]} to ${range[1]}.${left}`
  );
}
