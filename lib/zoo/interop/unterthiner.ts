import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../core/errors.js";
import { NpyRows } from "../../core/npy-rows.js";
import type { Activation } from "../../networks/types.js";
import type { Column } from "../store/parquet.js";
import { completeFacts, isWhole, orderRows, type RowOrder } from "./facts.js";
import type { ImportSelection } from "./facts-csv.js";
import { kerasColumns, kerasNetwork, readKerasLayout } from "./keras-layout.js";
import type { ImportSource } from "./source.js";
import { guessColumn, readTable, type TextTable } from "./table.js";
import { activationNames, configColumns, datasetNames, measures } from "./unterthiner-metrics.js";

const numeric = [
  "config.learning_rate",
  "config.l2reg",
  "config.dropout",
  "config.train_fraction",
  "config.init_std",
  "step",
  ...measures,
];

/** Side of the images in pixels; 32 for all others. */
const sides: Readonly<Record<string, number>> = { mnist: 28, "fashion-mnist": 28 };

/**
 * Opens a folder of the Small CNN Zoo (Unterthiner et al. 2020, "Predicting Neural Network Accuracy from Weights"):
 * `weights.npy` [checkpoints, parameters] float32, `metrics.csv` or `metrics.csv.gz`, `layout.csv`. `modeldir` is the
 * model and `step` the epoch. Weights are put into our order (kernel before bias, outputs first) as they are read.
 *
 * Facts keep the published values: `init` has Keras's names (he_normal is cut at two deviations), `weight_decay` is the
 * factor l of Keras's penalty l * sum(w^2) on kernels (torch's weight decay would be 2 l). Columns without a place
 * of their own keep their names without "config.". A checkpoint one of whose four measures is missing or not finite
 * counts as diverged. What the paper says of all its models (batch size 512, cross-entropy, ...) is added where the
 * network can be theirs; of another, whose dense layer flattens a map, only the layout is known (see kerasNetwork).
 * @throws DataError naming the file (and line) that is missing, truncated, or does not fit the others
 */
export async function openUnterthiner(folder: string, options: ImportSelection = {}): Promise<ImportSource> {
  const layoutPath = join(folder, "layout.csv");
  const weightsPath = join(folder, "weights.npy");
  const variables = await readKerasLayout(layoutPath);
  const metrics = await readTable(metricsFile(folder), {
    required: [...Object.values(configColumns), "modeldir", "step", ...measures],
    numbers: numeric,
    signal: options.signal,
  });
  checkWeights(weightsPath, variables.at(-1)?.end ?? 0, metrics);
  checkSteps(metrics);
  const order = orderRows(metrics.texts.modeldir, metrics.numbers.step, metrics.path, options);
  const place = (row: number) => `${metrics.path}, line ${metrics.lines[order.rows[row]]}`;
  const told = unterthinerFacts(metrics, order);
  const activation = (told.activation as readonly string[])[0] as Activation;
  const side = sides[(told.dataset as readonly string[])[0]] ?? 32;
  const { network, layout, channels } = kerasNetwork(layoutPath, variables, activation, side);
  const columns = kerasColumns(layoutPath, variables, layout, channels);
  const untold = network ? publishedFacts(order.rows.length, network.name) : {};
  return {
    name: "unterthiner",
    format: "unterthiner",
    networks: [{ layout, ...(network ? { network } : {}) }],
    networkOfModel: new Int32Array((order.model.at(-1) ?? -1) + 1),
    facts: completeFacts({ ...told, ...untold }, place, options.split),
    files: [weightsPath, metrics.path, layoutPath],
    weights: () => gatheredRows(weightsPath, order.rows, columns),
  };
}

function metricsFile(folder: string): string {
  const found = ["metrics.csv", "metrics.csv.gz"].map((name) => join(folder, name)).find(existsSync);
  if (found) return found;
  throw new DataError(
    "unterthiner/missing",
    `${folder} has neither metrics.csv nor metrics.csv.gz; give a folder of the Small CNN Zoo`,
    { value: folder },
  );
}

function checkWeights(path: string, parameters: number, metrics: TextTable): void {
  const { rows, cols, close } = sizeOf(path);
  close();
  if (cols !== parameters) {
    throw new DataError("unterthiner/layout", `${path} has ${cols} columns and layout.csv ${parameters}`, {
      value: cols,
    });
  }
  if (rows !== metrics.rows) {
    throw new DataError("unterthiner/rows", `${path} has ${rows} rows and ${metrics.path} ${metrics.rows}`, {
      value: rows,
    });
  }
}

function sizeOf(path: string): { rows: number; cols: number; close(): void } {
  const file = NpyRows.open(path);
  return { rows: file.rows, cols: file.cols, close: () => file.close() };
}

function checkSteps({ path, lines, numbers: { step } }: TextTable): void {
  const row = step.findIndex((value) => !isWhole(value) || value < 0);
  if (row === -1) return;
  throw new DataError(
    "csv/number",
    `${path}, line ${lines[row]}: step is ${step[row]}; it must be an epoch`,
    {
      value: step[row],
    },
  );
}

/** What the paper says of all its models and metrics.csv does not tell. */
function publishedFacts(rows: number, network: string): Record<string, Column> {
  return {
    learning_rate_decay: new Float64Array(rows).fill(1),
    momentum: new Float64Array(rows),
    batch_size: new Int32Array(rows).fill(512),
    augmentation: new Array<string>(rows).fill("none"),
    loss: new Array<string>(rows).fill("cross-entropy"),
    network: new Array<string>(rows).fill(network),
  };
}

function unterthinerFacts(metrics: TextTable, { rows, model, epoch }: RowOrder): Record<string, Column> {
  const number = (name: string) => Float64Array.from(rows, (row) => metrics.numbers[name][row]);
  const text = (name: string, ours: Readonly<Record<string, string>> = {}) =>
    Array.from(rows, (row) => ours[metrics.texts[name][row]] ?? metrics.texts[name][row]);
  const seeds = metrics.texts["config.random_seed"];
  const taken = new Set<string>([...Object.values(configColumns), "config.random_seed", "step", ...measures]);
  const extra = [...Object.keys(metrics.texts), ...Object.keys(metrics.numbers)].filter(
    (name) => !taken.has(name),
  );
  return {
    model,
    epoch,
    ...(seeds ? { seed: guessColumn(Array.from(rows, (row) => seeds[row])) } : {}),
    activation: text(configColumns.activation, activationNames),
    init: text(configColumns.init),
    optimizer: text(configColumns.optimizer),
    learning_rate: number(configColumns.learning_rate),
    weight_decay: number(configColumns.weight_decay),
    dropout: number(configColumns.dropout),
    train_fraction: number(configColumns.train_fraction),
    trained_epochs: epoch,
    dataset: text(configColumns.dataset, datasetNames),
    ...Object.fromEntries(measures.map((name) => [name, number(name)])),
    diverged: Array.from(rows, (row) =>
      measures.some((name) => !Number.isFinite(metrics.numbers[name][row])),
    ),
    ...Object.fromEntries(
      extra.map((name) => [
        name.replace(/^config\./, ""),
        name in metrics.numbers ? number(name) : guessColumn(text(name)),
      ]),
    ),
  };
}

/** The given rows of a .npy matrix, with their columns in another order. */
function* gatheredRows(path: string, rows: Int32Array, columns: Int32Array): Generator<Float32Array> {
  const file = NpyRows.open(path);
  try {
    const stored = new Float32Array(file.cols);
    const weights = new Float32Array(columns.length);
    for (const row of rows) {
      file.readRow(row, stored);
      for (let i = 0; i < columns.length; i++) weights[i] = stored[columns[i]];
      yield weights;
    }
  } finally {
    file.close();
  }
}
