import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { DataError, SpecError } from "../../core/errors.js";
import type { StopOptions } from "../../core/progress.js";
import { decodeReals } from "../../core/safetensors-bytes.js";
import { volume, weightLayout } from "../../networks/layout.js";
import type { NetworkSpec } from "../../networks/types.js";
import { readHeader, type StoredTensor } from "../store/safetensors.js";
import {
  factsFile,
  type ImportSelection,
  type RowNames,
  readFactsCsv,
  rowNames,
  selectFacts,
} from "./facts-csv.js";
import { openMatrixZoo } from "./matrix.js";
import { matrixTensor } from "./matrix-file.js";
import type { ImportSource } from "./source.js";
import type { TextTable } from "./table.js";
import { layoutOfTensors, type NamedLayout } from "./torch-names.js";

/** Options for checkpoints in safetensors files. */
export interface CheckpointsOptions extends ImportSelection {
  /**
   * Reads model and epoch from a file's path within the folder (with "/"), by groups named so: `(?<model>...)`,
   * `(?<epoch>...)`. By default the
   * last number of the path is the epoch and what stands before it the model: see openCheckpoints.
   */
  readonly pattern?: RegExp;
  /** Names of the tensors in the order in which they are joined, for files whose names do not tell it. */
  readonly order?: readonly string[];
  /** The network of all checkpoints. */
  readonly network?: NetworkSpec;
}

/** "model-3/epoch-12", "net_0003_epoch_012", "00003/checkpoint_000012/weights": the last number is the epoch. */
const defaultPattern =
  /^(?<model>.*?)[/_.-]*(?:epoch|checkpoint|ckpt|step|e)?[/_=-]*(?<epoch>\d+)(?:\/[^/\d]*)?\.safetensors$/i;

/**
 * Opens checkpoints in safetensors files: a folder of one file a checkpoint (in folders at any depth), one such file, or
 * a file (or folder with `weights.safetensors`) whose tensor `weights` has a row a checkpoint, for which see
 * openMatrixZoo.
 *
 * A folder's `facts.csv` may list its files in a column `file`, with `model`, `epoch` and other facts; else model and
 * epoch are read from the paths. By default the last number is the epoch and the text before it, without a trailing
 * "epoch", "checkpoint", "ckpt" or "step", the model: `model-3/epoch-12.safetensors`, `net-3_epoch12.safetensors`; a
 * path without a number is a model at epoch 0. Models are taken in the natural order of their paths.
 *
 * All tensors of real numbers (F32, F64, F16, BF16) become float32 and are joined in the order of layoutOfTensors, or
 * of the option; others, such as batch norm's counters, are left out. Models may differ in their tensors.
 * @throws DataError naming the file that is missing, truncated, or does not fit the others; SpecError for a pattern
 *   without those groups
 */
export async function openCheckpoints(path: string, options: CheckpointsOptions = {}): Promise<ImportSource> {
  const { pattern = defaultPattern, order: tensorOrder, network, ...select } = options;
  checkPattern(pattern);
  if (!existsSync(path)) throw new DataError("import/missing", `there is no ${path}`, { value: path });
  const isFolder = statSync(path).isDirectory();
  const whole = isFolder ? join(path, "weights.safetensors") : path;
  if (existsSync(whole) && isMatrix(whole)) {
    return openMatrixZoo(whole, { ...select, ...(network ? { network } : {}) });
  }
  const { files, names, table } = isFolder ? await listFiles(path, pattern, select) : singleFile(path);
  const { order, facts } = selectFacts(names, table, path, select);
  const paths = Array.from(order.rows, (row) => files[row]);
  const models = (order.model.at(-1) ?? -1) + 1;
  const first = Array.from({ length: models }, (_, model) => paths[order.model.indexOf(model)]);
  const layouts = first.map((file) => namedLayout(file, tensorOrder));
  const keys = layouts.map((it) => JSON.stringify(it));
  const distinct = [...new Set(keys)];
  return {
    name: "checkpoints",
    format: "safetensors",
    networks: distinct.map((key) => {
      const { layout } = layouts[keys.indexOf(key)];
      return network ? { network, layout: checkNetwork(network, layout, path) } : { layout };
    }),
    networkOfModel: Int32Array.from(keys, (key) => distinct.indexOf(key)),
    facts,
    files: table ? [table.path, ...paths] : paths,
    *weights() {
      for (let row = 0; row < paths.length; row++)
        yield readCheckpoint(paths[row], layouts[order.model[row]]);
    },
  };
}

function isMatrix(path: string): boolean {
  const tensor = readHeader(path).tensors.find(({ name }) => name === matrixTensor);
  return tensor?.shape.length === 2;
}

interface FileList {
  readonly files: readonly string[];
  readonly names: RowNames;
  readonly table?: TextTable;
}

function singleFile(path: string): FileList {
  return { files: [path], names: { models: ["0"], epochs: [0] } };
}

async function listFiles(folder: string, pattern: RegExp, stop: StopOptions): Promise<FileList> {
  const factsPath = join(folder, factsFile);
  const table = existsSync(factsPath) ? await readFactsCsv(factsPath, stop) : undefined;
  if (table?.texts.file) {
    const files = table.texts.file.map((name, row) => {
      if (existsSync(join(folder, name))) return join(folder, name);
      const where = `${table.path}, line ${table.lines[row]}`;
      throw new DataError("import/missing", `${where}: there is no file ${name} in ${folder}`, {
        value: name,
      });
    });
    return { files, names: rowNames(table), table };
  }
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".safetensors"))
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll(sep, "/"));
  if (found.length === 0) {
    throw new DataError("import/missing", `${folder} holds no .safetensors files`, { value: folder });
  }
  found.sort(new Intl.Collator("en", { numeric: true }).compare);
  // A copy for each: with flag g or y a pattern goes on where its last match ended.
  const parsed = found.map(
    (name) =>
      new RegExp(pattern).exec(name)?.groups ?? { model: name.replace(/\.safetensors$/, ""), epoch: "0" },
  );
  return {
    files: found.map((name) => join(folder, name)),
    names: { models: parsed.map(({ model }) => model), epochs: parsed.map(({ epoch }) => Number(epoch)) },
  };
}

function checkPattern(pattern: RegExp): void {
  // An empty alternative makes it match anything, and tell its groups.
  const groups = Object.keys(new RegExp(`${pattern.source}|`, pattern.flags).exec("")?.groups ?? {});
  if (groups.includes("model") && groups.includes("epoch")) return;
  throw new SpecError(
    "import/pattern",
    `the pattern ${pattern} must name the groups model and epoch, as in /(?<model>.*)-(?<epoch>\\d+)/`,
    { value: pattern.source },
  );
}

const realTypes = ["F32", "F64", "F16", "BF16"];

function namedLayout(path: string, order: readonly string[] | undefined): NamedLayout {
  const stored = readHeader(path).tensors.filter(({ dtype }) => realTypes.includes(dtype));
  const inOrder = [...stored].sort((a, b) => a.start - b.start);
  if (order === undefined) return layoutOfTensors(inOrder);
  let parameters = 0;
  const tensors = order.map((name, layer) => {
    const { shape } = tensorOf(path, stored, name);
    const offset = parameters;
    parameters += volume(shape);
    return { layer, name: "kernel" as const, shape, offset };
  });
  return { layout: { tensors, parameters }, names: order };
}

function tensorOf(path: string, tensors: readonly StoredTensor[], name: string): StoredTensor {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  throw new DataError("safetensors/tensor", `${path} has no tensor "${name}" of real numbers`, {
    value: name,
  });
}

function readCheckpoint(path: string, { layout, names }: NamedLayout): Float32Array {
  const { tensors } = readHeader(path);
  const bytes = readFileSync(path);
  const weights = new Float32Array(layout.parameters);
  layout.tensors.forEach(({ shape, offset }, index) => {
    const tensor = tensorOf(path, tensors, names[index]);
    if (tensor.shape.join() !== shape.join()) {
      throw new DataError(
        "import/layout",
        `${path}: tensor "${tensor.name}" has shape [${tensor.shape}] but [${shape}] in the model's first checkpoint`,
        { value: tensor.shape },
      );
    }
    const own = new Uint8Array(bytes.subarray(tensor.start, tensor.start + tensor.bytes));
    weights.set(decodeReals(own, tensor.dtype, `${path}, tensor "${tensor.name}"`), offset);
  });
  return weights;
}

function checkNetwork(
  network: NetworkSpec,
  found: NamedLayout["layout"],
  path: string,
): NamedLayout["layout"] {
  const layout = weightLayout(network);
  const shapes = ({ tensors }: NamedLayout["layout"]) => tensors.map(({ shape }) => `[${shape}]`).join(" ");
  if (shapes(layout) === shapes(found)) return layout;
  throw new DataError(
    "import/layout",
    `${path} has tensors ${shapes(found)} where ${network.name} has ${shapes(layout)}`,
  );
}
