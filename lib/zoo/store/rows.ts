import { checkpointEpochs } from "../spec/spec.js";
import type { ZooSpec } from "../types.js";
import { layoutOfModel, type ZooLayouts } from "./layouts.js";
import type { TensorInfo } from "./safetensors.js";

/** Which checkpoint each row is. */
export interface RowNames {
  readonly model: Int32Array;
  readonly epoch: Int32Array;
}

/** The rows of consecutive models of a trained zoo: by model, then epoch. */
export function modelRows(spec: ZooSpec, [from, to]: readonly [number, number]): RowNames {
  const epochs = checkpointEpochs(spec);
  const rows = (to - from + 1) * epochs.length;
  return {
    model: Int32Array.from({ length: rows }, (_, row) => from + Math.floor(row / epochs.length)),
    epoch: Int32Array.from({ length: rows }, (_, row) => epochs[row % epochs.length]),
  };
}

/**
 * The tensors of a file that holds these rows: `weights` [rows, parameters], or in a mixed zoo one vector
 * `weights/MODEL/EPOCH` a row. The data are the same either way: row behind row.
 */
export function rowTensors(layouts: ZooLayouts, { model, epoch }: RowNames): TensorInfo[] {
  if (layouts.byModel === undefined) {
    return [{ name: "weights", dtype: "F32", shape: [model.length, layouts.layouts[0].parameters] }];
  }
  return Array.from(model, (number, row) => ({
    name: `weights/${number}/${epoch[row]}`,
    dtype: "F32",
    shape: [layoutOfModel(layouts, number).parameters],
  }));
}

/** Where each row's weights start among those of all rows, and, last, where they end; in weights, not bytes. */
export function rowStarts(layouts: ZooLayouts, model: Int32Array): Float64Array {
  const starts = new Float64Array(model.length + 1);
  for (let row = 0; row < model.length; row++) {
    starts[row + 1] = starts[row] + layoutOfModel(layouts, model[row]).parameters;
  }
  return starts;
}
