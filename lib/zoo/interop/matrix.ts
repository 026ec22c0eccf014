import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DataError } from "../../core/errors.js";
import { volume, weightLayout } from "../../networks/layout.js";
import type { NetworkSpec, TensorName, WeightLayout, WeightTensor } from "../../networks/types.js";
import { readHeader } from "../store/safetensors.js";
import { factsFile, type ImportSelection, readFactsCsv, rowNames, selectFacts } from "./facts-csv.js";
import { openMatrix } from "./matrix-file.js";
import type { ImportSource } from "./source.js";

/** Options for a matrix of checkpoints. */
export interface MatrixOptions extends ImportSelection {
  /** A CSV file with a line a checkpoint; `facts.csv` beside the matrix by default, where there is one. */
  readonly facts?: string;
  /** The network of all checkpoints. */
  readonly network?: NetworkSpec;
}

/** Name of the layout's file beside weights: JSON [{layer, name, shape, offset}], as in a zoo's weights. */
export const layoutFile = "layout.json";

const tensorNames: readonly TensorName[] = ["kernel", "bias", "gamma", "beta", "mean", "variance"];

/**
 * Opens a matrix whose rows are checkpoints: a .npy file of f4 or f8, or the tensor `weights` of a safetensors file.
 * Facts come from a CSV file of as many lines: `model` and `epoch` (else every row is a model at epoch 0), any of a
 * zoo's columns, and others. The layout is the network's where it is given, else that of `layout.json` beside the
 * matrix or of the safetensors file's field `layout`; without any the whole row counts as one kernel.
 * @throws DataError naming the file (and line) that is missing, truncated, or does not fit the others
 */
export async function openMatrixZoo(path: string, options: MatrixOptions = {}): Promise<ImportSource> {
  const matrix = openMatrix(path);
  const { rows, cols } = matrix;
  matrix.close();
  const layout = matrixLayout(path, cols, options.network);
  const beside = join(dirname(path), factsFile);
  const factsPath = options.facts ?? (existsSync(beside) ? beside : undefined);
  const table = factsPath === undefined ? undefined : await readFactsCsv(factsPath, options);
  if (table && table.rows !== rows) {
    throw new DataError("import/rows", `${path} has ${rows} rows and ${table.path} ${table.rows}`, {
      value: rows,
    });
  }
  const everyRow = Array.from({ length: rows }, (_, row) => String(row));
  const names = table ? rowNames(table) : { models: everyRow, epochs: new Float64Array(rows) };
  const { order, facts } = selectFacts(names, table, path, options);
  return {
    name: "checkpoints",
    format: path.endsWith(".safetensors") ? "safetensors" : "npy",
    networks: [{ layout, ...(options.network ? { network: options.network } : {}) }],
    networkOfModel: new Int32Array((order.model.at(-1) ?? -1) + 1),
    facts,
    files: factsPath === undefined ? [path] : [path, factsPath],
    *weights() {
      const file = openMatrix(path);
      try {
        const weights = new Float32Array(cols);
        for (const row of order.rows) {
          file.readRow(row, weights);
          yield weights;
        }
      } finally {
        file.close();
      }
    },
  };
}

function matrixLayout(path: string, cols: number, network: NetworkSpec | undefined): WeightLayout {
  const beside = join(dirname(path), layoutFile);
  const stored = path.endsWith(".safetensors") ? readHeader(path).metadata.layout : undefined;
  if (network) return checkedLayout(weightLayout(network), network.name, path, cols);
  if (stored !== undefined) return checkedLayout(parseLayout(stored, path), path, path, cols);
  if (existsSync(beside)) {
    return checkedLayout(parseLayout(readFileSync(beside, "utf8"), beside), beside, path, cols);
  }
  return { tensors: [{ layer: 0, name: "kernel", shape: [cols], offset: 0 }], parameters: cols };
}

function checkedLayout(layout: WeightLayout, of: string, path: string, cols: number): WeightLayout {
  if (layout.parameters === cols) return layout;
  throw new DataError("import/layout", `${path} has ${cols} columns and ${of} ${layout.parameters} weights`, {
    value: cols,
  });
}

/** Reads a layout that must fill its rows without gaps. */
function parseLayout(text: string, where: string): WeightLayout {
  const wrong = (why: string, cause?: unknown) =>
    new DataError(
      "import/layout",
      `the layout in ${where} ${why}; it must be JSON [{layer, name, shape, offset}]`,
      {
        cause,
      },
    );
  let tensors: unknown;
  try {
    tensors = JSON.parse(text);
  } catch (cause) {
    throw wrong("is not JSON", cause);
  }
  if (!Array.isArray(tensors) || !tensors.every(isTensor)) throw wrong("has an entry that is no tensor");
  let parameters = 0;
  for (const { offset, shape } of tensors) {
    if (offset !== parameters) throw wrong(`leaves a gap or overlaps at offset ${offset}`);
    parameters += volume(shape);
  }
  return { tensors, parameters };
}

function isTensor(value: unknown): value is WeightTensor {
  if (typeof value !== "object" || value === null) return false;
  const { layer, name, shape, offset } = value as Record<string, unknown>;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  const isName = (tensorNames as readonly unknown[]).includes(name);
  return isName && isCount(layer) && isCount(offset) && Array.isArray(shape) && shape.every(isCount);
}
