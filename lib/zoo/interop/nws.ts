import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { DataError } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import { weightLayout } from "../../networks/layout.js";
import type { Activation } from "../../networks/types.js";
import type { Column } from "../store/parquet.js";
import { completeFacts, orderRows, type SplitShares } from "./facts.js";
import { type NwsArchitecture, nwsNetwork, nwsPositions } from "./nws-network.js";
import type { ImportedNetwork, ImportSource } from "./source.js";
import { guessColumn, readTable, type TextTable } from "./table.js";

/** Which part of an NWS folder is wanted. */
export interface NwsOptions extends StopOptions {
  /** At most so many models, in the order of the index files. */
  readonly models?: number;
  /** Which of the 20 snapshots of each model, 1 (the initialisation) to 20; all by default. */
  readonly snapshots?: readonly number[];
  /** How models are assigned to splits where no index file's name says it; 70/15/15 with seed 0 by default. */
  readonly split?: SplitShares;
}

/** Snapshots of every model. */
const snapshotCount = 20;

const architecture = ["filter_size", "depth_conv", "depth_fc", "width_conv", "width_fc"] as const;

/** Columns of a model's meta.csv and of the index files, in their order. */
const metaColumns = [
  "dataset",
  "lrate",
  "batch_size",
  "batch_norm",
  "augmentation",
  "optimizer",
  "activation",
  "initialization",
  ...architecture,
] as const;

/** What the numbers of categorical columns mean (classifier.py), in our names. */
const activations: readonly Activation[] = ["relu", "elu", "sigmoid", "tanh"];
const optimizers = ["adam", "rmsprop", "sgd"];
const initializers = ["constant", "normal", "xavier-uniform", "xavier-normal"];
const datasets: Readonly<Record<string, string>> = { fashion: "fashion-mnist" };

/** One model of the folder. */
interface NwsModel {
  /** Its row's texts by the names of metaColumns. */
  readonly meta: Readonly<Record<string, string>>;
  readonly folder: string;
  /** As the index file has it. */
  readonly path: string;
  /** "" where no index file's name says it. */
  readonly split: string;
  /** The file that it is described in, and file and line for messages. */
  readonly table: string;
  readonly where: string;
  /** Weights that the index file counts; NaN without one. */
  readonly weights: number;
}

/**
 * Opens a folder of the neural weight space data set (Eilertsen et al. 2020, "Classifying the classifier"): CNNs of many
 * architectures, 20 snapshots each.
 *
 * Index files (`*.csv` in the folder with columns path, weightn_conv, weightn_fc and the 13 of meta.csv) name the
 * models, `path` being relative to the folder; where there is none, every folder in it that holds a meta.csv is a
 * model. A model has `weights/001.bin` to `weights/020.bin` (float64) and `error.bin` (float64, a row an epoch from 0
 * on: step, training, validation, test and smoothed validation error in percent). Snapshot k is that of row
 * round(linspace(1, rows, 20))[k - 1] of error.bin, whose epoch is that number less one. An index file with "train",
 * "valid" or "test" in its name assigns its models to that split. Training errors are means over the epoch that led to
 * the snapshot, with dropout off. Losses and the split of images are not published: such facts are NaN.
 * @throws DataError naming the file (and line) that is missing, truncated, or does not fit the others
 */
export async function openNws(folder: string, options: NwsOptions = {}): Promise<ImportSource> {
  const all = await listModels(folder, options);
  const tables = [...new Set(all.map(({ table }) => table))];
  const models = all.slice(0, options.models ?? all.length);
  const built = models.map(buildNetwork);
  const networks = new Map(built.map((it) => [it.key, it]));
  const keys = [...networks.keys()];
  const wanted = options.snapshots ?? Array.from({ length: snapshotCount }, (_, i) => i + 1);
  const snapshots = models.flatMap((model, index) => readSnapshots(model, index, wanted));
  const names = snapshots.map(({ model }) => models[model].path);
  const order = orderRows(
    names,
    snapshots.map(({ epoch }) => epoch),
    folder,
  );
  const rows = Array.from(order.rows, (row) => snapshots[row]);
  return {
    name: "nws",
    format: "nws",
    networks: [...networks.values()].map(({ network, layout }) => ({ network, layout })),
    networkOfModel: Int32Array.from(built, ({ key }) => keys.indexOf(key)),
    facts: completeFacts(nwsFacts(models, rows), (row) => models[rows[row].model].where, options.split),
    files: [
      ...tables,
      ...models.map((model) => join(model.folder, "error.bin")),
      ...rows.map(({ file }) => file),
    ],
    *weights() {
      for (const { file, model } of rows) yield readWeights(file, built[model].positions);
    },
  };
}

async function listModels(folder: string, { signal }: StopOptions): Promise<NwsModel[]> {
  if (!existsSync(folder))
    throw new DataError("nws/missing", `there is no folder ${folder}`, { value: folder });
  const index = readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .sort();
  const listed: NwsModel[] = [];
  for (const name of index) listed.push(...(await indexedModels(folder, name, signal)));
  if (listed.length > 0) return listed;
  for (const entry of readdirSync(folder, { withFileTypes: true }).filter((it) => it.isDirectory())) {
    const path = join(folder, entry.name, "meta.csv");
    if (!existsSync(path)) continue;
    const table = await readTable(path, { required: metaColumns, signal });
    listed.push({ ...rowOf(table, 0, folder, entry.name), split: "", weights: Number.NaN });
  }
  if (listed.length > 0) return listed.sort((a, b) => (a.path < b.path ? -1 : 1));
  throw new DataError(
    "nws/missing",
    `${folder} has neither index files (*.csv) nor folders with a meta.csv; give a folder of the NWS data set`,
    { value: folder },
  );
}

async function indexedModels(
  folder: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<NwsModel[]> {
  const required = [...metaColumns, "path", "weightn_conv", "weightn_fc"];
  const numbers = ["weightn_conv", "weightn_fc"];
  const table = await readTable(join(folder, name), { required, numbers, signal });
  const split = /train|valid|test/i.exec(name)?.[0].toLowerCase() ?? "";
  return table.texts.path.map((path, row) => ({
    ...rowOf(table, row, folder, path),
    split: split === "valid" ? "validation" : split,
    weights: table.numbers.weightn_conv[row] + table.numbers.weightn_fc[row],
  }));
}

function rowOf(table: TextTable, row: number, folder: string, path: string) {
  const meta = Object.fromEntries(metaColumns.map((name) => [name, table.texts[name][row]]));
  const where = `${table.path}, line ${table.lines[row]}`;
  return { meta, path, folder: isAbsolute(path) ? path : join(folder, path), table: table.path, where };
}

/** What of a model's row shapes its network. */
function architectureOf(model: NwsModel): NwsArchitecture {
  const number = (name: (typeof metaColumns)[number], least: number) => {
    const value = Number(model.meta[name]);
    if (Number.isInteger(value) && value >= least) return value;
    throw badMeta(model, name, `a whole number of at least ${least}`);
  };
  const filterSize = number("filter_size", 1);
  if (filterSize % 2 === 0) throw badMeta(model, "filter_size", "odd");
  return {
    filterSize,
    depthConv: number("depth_conv", 3),
    depthFc: number("depth_fc", 0),
    widthConv: number("width_conv", 1),
    widthFc: number("width_fc", 1),
    batchNorm: truth(model, "batch_norm"),
    activation: choice(model, "activation", activations),
  };
}

/** A model's network, by a key that is equal for equal networks. */
function buildNetwork(model: NwsModel): Required<ImportedNetwork> & { key: string; positions: Int32Array } {
  const network = nwsNetwork(architectureOf(model));
  const layout = weightLayout(network);
  if (!Number.isNaN(model.weights) && model.weights !== layout.parameters) {
    throw new DataError(
      "nws/weights",
      `${model.where}: weightn_conv + weightn_fc is ${model.weights} but the architecture has ${layout.parameters} weights`,
      { value: model.weights },
    );
  }
  return { key: JSON.stringify(network), network, layout, positions: nwsPositions(network, layout) };
}

/** A model's snapshot: its file and the errors of its epoch, in percent. */
interface Snapshot {
  readonly model: number;
  readonly epoch: number;
  readonly snapshot: number;
  readonly file: string;
  readonly trainError: number;
  readonly testError: number;
}

function readSnapshots(model: NwsModel, index: number, wanted: readonly number[]): Snapshot[] {
  const path = join(model.folder, "error.bin");
  const errors = readDoubles(path);
  const epochs = errors.length / 5;
  if (!Number.isInteger(epochs) || epochs < snapshotCount) {
    throw new DataError(
      "nws/errors",
      `${path} holds ${errors.length} numbers; it must hold 5 for each of at least ${snapshotCount} epochs`,
      { value: errors.length },
    );
  }
  return wanted.map((snapshot) => {
    const row = Math.round(((snapshot - 1) * (epochs - 1)) / (snapshotCount - 1));
    const file = join(model.folder, "weights", `${String(snapshot).padStart(3, "0")}.bin`);
    return {
      model: index,
      epoch: row,
      snapshot,
      file,
      trainError: errors[5 * row + 1],
      testError: errors[5 * row + 3],
    };
  });
}

function nwsFacts(models: readonly NwsModel[], rows: readonly Snapshot[]): Record<string, Column> {
  const of = <T>(value: (model: NwsModel) => T): T[] => {
    const values = models.map(value);
    return rows.map(({ model }) => values[model]);
  };
  const real = (name: (typeof metaColumns)[number]) =>
    Float64Array.from(of(({ meta }) => Number(meta[name])));
  const optimizer = of((model) => choice(model, "optimizer", optimizers));
  const split = of((model) => model.split);
  return {
    model: Int32Array.from(rows, ({ model }) => model),
    epoch: Int32Array.from(rows, ({ epoch }) => epoch),
    ...(split.includes("") ? {} : { split }),
    activation: of((model) => choice(model, "activation", activations)),
    init: of((model) => choice(model, "initialization", initializers)),
    optimizer,
    learning_rate: real("lrate"),
    learning_rate_decay: new Float64Array(rows.length).fill(0.96),
    weight_decay: new Float64Array(rows.length),
    momentum: Float64Array.from(optimizer, (name) => (name === "sgd" ? 0.95 : 0)),
    dropout: new Float64Array(rows.length).fill(0.5),
    augmentation: of((model) => (truth(model, "augmentation") ? "affine, colour" : "none")),
    loss: of(() => "cross-entropy"),
    network: of((model) => nwsNetwork(architectureOf(model)).name),
    trained_epochs: Int32Array.from(rows, ({ epoch }) => epoch),
    batch_size: real("batch_size"),
    dataset: of(({ meta }) => datasets[meta.dataset] ?? meta.dataset),
    train_accuracy: Float64Array.from(rows, ({ trainError }) => 1 - trainError / 100),
    test_accuracy: Float64Array.from(rows, ({ testError }) => 1 - testError / 100),
    snapshot: Int32Array.from(rows, ({ snapshot }) => snapshot),
    batch_norm: of((model) => truth(model, "batch_norm")),
    ...Object.fromEntries(architecture.map((name) => [name, guessColumn(of(({ meta }) => meta[name]))])),
    path: of(({ path }) => path),
  };
}

function truth(model: NwsModel, name: "batch_norm" | "augmentation"): boolean {
  const text = model.meta[name].toLowerCase();
  if (["true", "1", "false", "0"].includes(text)) return text === "true" || text === "1";
  throw badMeta(model, name, "True or False");
}

function choice<T>(model: NwsModel, name: (typeof metaColumns)[number], known: readonly T[]): T {
  const index = Number(model.meta[name]);
  if (model.meta[name] !== "" && index in known) return known[index];
  throw badMeta(model, name, `0 to ${known.length - 1}`);
}

function badMeta(model: NwsModel, name: string, wanted: string): DataError {
  const value = model.meta[name];
  return new DataError("nws/meta", `${model.where}: ${name} is "${value}"; it must be ${wanted}`, { value });
}

function readWeights(path: string, positions: Int32Array): Float32Array {
  const stored = readDoubles(path);
  if (stored.length !== positions.length) {
    throw new DataError(
      "nws/weights",
      `${path} holds ${stored.length} weights where its architecture has ${positions.length}; get it again`,
      { value: stored.length },
    );
  }
  return Float32Array.from(positions, (position) => stored[position]);
}

/** Little-endian float64 numbers of a file. */
function readDoubles(path: string): Float64Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new DataError("nws/missing", `cannot open ${path}`, { value: path, cause });
  }
  if (bytes.length % 8 !== 0) {
    throw new DataError(
      "nws/truncated",
      `${path} has ${bytes.length} bytes, no multiple of 8; get it again`,
      {
        value: bytes.length,
      },
    );
  }
  return new Float64Array(new Uint8Array(bytes).buffer);
}
