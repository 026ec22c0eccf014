import { join, resolve } from "node:path";
import { DataError, StoreError, throwIfAborted } from "../../core/errors.js";
import { removeAbandonedTemporaries } from "../../core/files.js";
import { canonicalJson, sha256, sha256Chunks } from "../../core/hash.js";
import { interruptible } from "../../core/interrupt.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions, StopOptions } from "../../core/progress.js";
import type { WeightLayout } from "../../networks/types.js";
import { missingColumns } from "../facts.js";
import { isRepairable } from "./another-zoo.js";
import { folderOwner, holdsZooFiles } from "./folder-owner.js";
import { layoutMetadata, mixedLayouts, type ZooLayouts } from "./layouts.js";
import {
  type ImportedCounts,
  importedManifest,
  mergedTableFile,
  mergedWeightsFile,
  writeManifest,
} from "./manifest.js";
import { DivergedModels, writeHashed } from "./merge.js";
import { type Columns, parquetChunks, rowCount, rowGroups } from "./parquet.js";
import { rowStarts, rowTensors } from "./rows.js";
import { encodeHeader } from "./safetensors.js";
import type { ImportedZooSpec, ZooSource } from "./source.js";
import { openZoo } from "./zoo.js";
import type { ImportedZoo } from "./zoo-kinds.js";

/** All of an imported zoo. Rows (checkpoints) are ordered by model (0, 1, 2, ...), then by epoch, in facts and weights. */
export interface ImportedZooContent {
  readonly spec: ImportedZooSpec;
  readonly source: ZooSource;
  /** The layout of every model, or a function that tells it by model where models differ. */
  readonly layout: WeightLayout | ((model: number) => WeightLayout);
  /**
   * One entry a row in each column, all columns of `ZooFacts` among them. What the source does not say is NaN, "" or,
   * for whole numbers, -1. Further columns of the source may follow.
   */
  readonly facts: Columns;
  /** The weights of all rows behind each other, cut into pieces anywhere; taken one at a time, so it may stream. */
  readonly weights: Iterable<Float32Array> | AsyncIterable<Float32Array>;
}

/**
 * Writes an imported zoo as a finished zoo folder that openZoo reads and verifyZoo checks: the merged pair and the
 * manifest, without shards. Memory holds the facts and one piece of weights. When the zoo is in `folder` already, and
 * whole, it is opened and nothing is read from `weights`. Its key is the hash of source, specification, layout and
 * facts.
 * @returns the zoo, opened
 * @throws DataError "import/facts" or "import/weights" when facts and weights do not fit each other or a column is
 *   missing; StoreError when the folder holds another zoo, be it whole or not, or cannot be written;
 *   InterruptedError on abort, with nothing half-written left
 */
export async function writeImportedZoo(
  folder: string,
  content: ImportedZooContent,
  given: LongRunOptions = {},
): Promise<ImportedZoo> {
  const options = interruptible(given);
  const stop = { signal: options.signal };
  const place = resolve(folder);
  const { spec, source, facts } = content;
  throwIfAborted(options.signal, `importing ${spec.name}`);
  const model = checkRows(facts);
  const models = model[model.length - 1] + 1;
  const layouts = layoutsOf(content, models);
  const layout = layoutMetadata(layouts, [0, models - 1]);
  const table = () => parquetChunks(rowGroups([facts]), stop);
  const key = sha256(canonicalJson({ source, spec, layout, table: await sha256Chunks(table()) }));
  const existing = await openIfThere(place, key, stop);
  if (existing) return existing;
  removeAbandonedTemporaries(place);
  const metadata = { key, ...layout, source: canonicalJson(source), spec: canonicalJson(spec) };
  const weights = await writeHashed(
    join(place, mergedWeightsFile),
    weightsPieces(content, layouts, metadata, options),
  );
  const tableHash = await writeHashed(join(place, mergedTableFile), table());
  const diverged = new DivergedModels();
  diverged.note(facts);
  const fields = {
    key,
    spec,
    source,
    data: { name: spec.dataset.name, hash: sha256(canonicalJson(source)) },
    counts: countsOf(model, models, layouts),
  };
  writeManifest(place, importedManifest(fields, { weights, table: tableHash, diverged: diverged.list() }));
  return (await openZoo(place, stop)) as ImportedZoo;
}

function layoutsOf({ layout }: ImportedZooContent, models: number): ZooLayouts {
  return typeof layout === "function" ? mixedLayouts(models, layout) : { layouts: [layout] };
}

/** Checks that a table of facts has all columns, equally long, in the order of model, then epoch. */
function checkRows(facts: Columns): Int32Array {
  const missing = missingColumns(facts);
  if (missing.length > 0) throw unfit(`the columns ${missing.join(", ")} are missing`, missing);
  const rows = rowCount(facts);
  if (rows === 0) throw unfit("there is no row", rows);
  const uneven = Object.keys(facts).find((name) => facts[name].length !== rows);
  if (uneven) throw unfit(`column ${uneven} has ${facts[uneven].length} entries, not ${rows}`, uneven);
  const { model, epoch } = facts;
  if (!(model instanceof Int32Array) || !(epoch instanceof Int32Array)) {
    throw unfit("model and epoch must be Int32Arrays", "model");
  }
  for (let row = 0; row < rows; row++) {
    const same = row > 0 && model[row] === model[row - 1];
    const next = row === 0 ? 0 : model[row - 1] + 1;
    if (!same && model[row] !== next) {
      throw unfit(`row ${row} is of model ${model[row]} where model ${next} must begin`, model[row]);
    }
    if (same && epoch[row] <= epoch[row - 1]) {
      throw unfit(
        `row ${row} of model ${model[row]} has epoch ${epoch[row]} after ${epoch[row - 1]}`,
        epoch[row],
      );
    }
  }
  return model;
}

function unfit(why: string, value: unknown): DataError {
  return new DataError(
    "import/facts",
    `the facts of an imported zoo do not fit: ${why}; order and complete them`,
    {
      value,
    },
  );
}

/** The bytes of the file of weights. */
async function* weightsPieces(
  { spec, facts, weights }: ImportedZooContent,
  layouts: ZooLayouts,
  metadata: Readonly<Record<string, string>>,
  options: LongRunOptions,
): AsyncGenerator<Uint8Array> {
  const rows = { model: facts.model as Int32Array, epoch: facts.epoch as Int32Array };
  const wanted = rowStarts(layouts, rows.model)[rows.model.length];
  yield encodeHeader(rowTensors(layouts, rows), metadata);
  const label = `importing ${spec.name}`;
  const pacer = new Pacer(label, wanted, "weights", options);
  let given = 0;
  for await (const piece of weights) {
    throwIfAborted(options.signal, label);
    given += piece.length;
    if (given > wanted) break;
    await pacer.add(piece.length);
    yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  if (given === wanted) return;
  throw new DataError(
    "import/weights",
    `${rows.model.length} rows of facts need ${wanted} weights and ${given > wanted ? "more" : `only ${given}`} were given; check layout and facts`,
    { value: given },
  );
}

function countsOf(model: Int32Array, models: number, layouts: ZooLayouts): ImportedCounts {
  const perModel = new Int32Array(models);
  for (const number of model) perModel[number]++;
  const equal = perModel.every((count) => count === perModel[0]);
  return {
    models,
    checkpointsPerModel: equal ? perModel[0] : 0,
    checkpoints: model.length,
    parameters: layouts.byModel === undefined ? layouts.layouts[0].parameters : 0,
  };
}

/** The zoo that is in the folder already, whole; undefined when it must be written, or written again. */
async function openIfThere(folder: string, key: string, stop: StopOptions): Promise<ImportedZoo | undefined> {
  try {
    const zoo = await openZoo(folder, stop);
    if (zoo.kind === "imported" && zoo.key === key) return zoo;
  } catch (cause) {
    if (!isRepairable(cause)) throw cause;
    const owner = folderOwner(folder);
    if (owner ? owner.key === key : !holdsZooFiles(folder)) return undefined;
  }
  throw heldByAnother(folder);
}

function heldByAnother(folder: string): StoreError {
  const owner = folderOwner(folder);
  const what = owner
    ? `another zoo, ${owner.name}, which was ${owner.kind}`
    : "files of a zoo too damaged to tell which";
  return new StoreError("zoo/another", `${folder} holds ${what}; choose another folder, or remove it`, {
    value: folder,
  });
}
