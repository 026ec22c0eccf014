import { type Identified, identifyCheckpoints } from "../../analysis/identification.js";
import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { type Matrix, takeRows } from "../../core/matrix.js";
import { bootstrapInterval, quantile } from "../../core/numeric/bootstrap.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import { permutedRows } from "../../representations/hyper/views.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import { rawWeights } from "../../representations/raw.js";
import { svdRepresentation } from "../../representations/svd-representation.js";
import type { Representation, WeightRows } from "../../representations/types.js";
import { specNetwork } from "../../zoo/spec/models.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { networkName, zooSetting } from "../setting.js";

export interface IdentificationOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Every so many epochs one checkpoint is taken out and asked for; 5 by default. */
  readonly every?: number;
}

export interface IdentificationResult {
  /** Variants of the unseen checkpoints x spaces: share assigned to the right model. */
  readonly accuracy: ResultTable;
  /** The same, of those assigned rightly: median error of the epoch. */
  readonly epochError: ResultTable;
  /** "a CNN's unseen checkpoints ...". */
  readonly setting: string;
}

/** What may have happened to a checkpoint before somebody asks whose it is. */
const variants: Readonly<Record<string, (rows: WeightRows, rng: RandomStream) => Matrix>> = {
  "as saved": ({ weights }) => weights,
  "in 8 bits": ({ weights }) => eachRow(weights, rounded),
  "noise of a tenth of the deviation": ({ weights }, rng) =>
    eachRow(weights, (row, out) => {
      const size = 0.1 * deviation(row);
      row.forEach((value, i) => {
        out[i] = value + size * rng.normal();
      });
    }),
  "half of the weights pruned": ({ weights }) => eachRow(weights, pruned),
  "neurons in another order": (rows, rng) => permutedRows(rows, rng),
};

/**
 * Whose checkpoint is this, and of which epoch? Every so many epochs a model's checkpoint is taken out; the others are
 * known. It is asked for as it is and after what may befall a checkpoint.
 * @throws SpecError when no checkpoint would be left; InterruptedError on abort
 */
export async function runIdentification(
  zoo: TrainedZoo,
  given: IdentificationOptions,
): Promise<IdentificationResult> {
  checkOptions(given, ["rng", "every", "signal", "onProgress"], "runIdentification");
  const { rng, every = 5, signal, onProgress } = interruptible(given);
  const { known, unseen } = parted(zoo, every);
  const spaces: Representation[] = [
    rawWeights(),
    svdRepresentation(50),
    svdRepresentation(10),
    layerStatistics(),
  ];
  const part = inParts(onProgress, `identifying checkpoints of ${zoo.spec.name}`, spaces.length);
  const found = new Map<string, Identified>();
  for (const [i, space] of spaces.entries()) {
    const listen = part(i);
    const options = { signal, ...(listen ? { onProgress: listen } : {}) };
    const fitted = await space.fit(known.rows, { rng: rng.split("fit", space.name), signal });
    const index = { ...known, points: await fitted.transform(known.rows, { signal }) };
    for (const [name, change] of Object.entries(variants)) {
      const weights = change(unseen.rows, rng.split("change", name));
      const queries = await fitted.transform({ ...unseen.rows, weights }, { signal });
      found.set(`${name}/${space.name}`, await identifyCheckpoints(index, queries, options));
    }
  }
  const setting = `${zooSetting(zoo)}; every ${every}th epoch unseen`;
  const frame = {
    rowKey: "unseen checkpoint",
    rows: Object.keys(variants),
    columns: spaces.map(({ name }) => name),
  };
  const id = networkName(zoo);
  // Models are resampled: checkpoints of one are not independent.
  const judged = (
    row: string,
    column: string,
    statistic: (rows: readonly number[], as: Identified) => number,
  ) => {
    const as = found.get(`${row}/${column}`)!;
    return bootstrapInterval(unseen.byModel, (sample) => statistic(sample.flat(), as), {
      rng: rng.split("bootstrap", row, column),
      rounds: 500,
    });
  };
  const isRight = (i: number, as: Identified) => as.model[i] === unseen.models[i];
  return {
    accuracy: intervalTable(
      {
        id: `identification/${id}`,
        caption: `Unseen checkpoints assigned to the right model, share; ${setting}`,
        ...frame,
      },
      (row, column) =>
        judged(row, column, (rows, as) => rows.filter((i) => isRight(i, as)).length / rows.length),
    ),
    epochError: intervalTable(
      {
        id: `identification/${id}-epochs`,
        caption: `Median error of the epoch, of checkpoints assigned to the right model; ${setting}`,
        ...frame,
      },
      (row, column) =>
        judged(row, column, (rows, as) => {
          const errors = rows
            .filter((i) => isRight(i, as))
            .map((i) => Math.abs(as.epoch[i] - unseen.epochs[i]));
          return quantile(
            errors.sort((a, b) => a - b),
            0.5,
          );
        }),
    ),
    setting,
  };
}

/** The zoo's checkpoints in two: those asked for, never a model's first or last, and the others. */
function parted(zoo: TrainedZoo, every: number) {
  const { model, epoch } = zoo.facts;
  const epochs = zoo.epochs;
  if (!Number.isSafeInteger(every) || every < 2 || epochs.length <= every) {
    const message = `every is ${every}; give a whole number of at least 2, below the ${epochs.length} epochs of the zoo`;
    throw new SpecError("identification/every", message, { value: every });
  }
  const asked = new Set(
    Array.from(epochs).filter((_, i) => i > 0 && i < epochs.length - 1 && i % every === every - 1),
  );
  const part = (isAsked: boolean) => {
    const rows = Int32Array.from(model.keys()).filter((i) => asked.has(epoch[i]) === isAsked);
    const weights = takeRows(zoo.weights, rows);
    const models = Int32Array.from(rows, (i) => model[i]);
    return {
      byModel: grouped(models),
      rows: { weights, layout: zoo.layout, network: specNetwork(zoo.spec) },
      models,
      epochs: Int32Array.from(rows, (i) => epoch[i]),
    };
  };
  return { known: part(false), unseen: part(true) };
}

/** Places of each model. */
function grouped(models: Int32Array): number[][] {
  const places = new Map<number, number[]>();
  models.forEach((model, i) => {
    const own = places.get(model);
    if (own) own.push(i);
    else places.set(model, [i]);
  });
  return [...places.values()];
}

function eachRow(weights: Matrix, change: (row: Float32Array, out: Float32Array) => void): Matrix {
  const data = new Float32Array(weights.data.length);
  for (let from = 0; from < data.length; from += weights.cols) {
    const to = from + weights.cols;
    change(weights.data.subarray(from, to), data.subarray(from, to));
  }
  return { ...weights, data };
}

/** To 255 even levels between the largest weight and its negative. */
function rounded(row: Float32Array, out: Float32Array): void {
  const unit = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  row.forEach((value, i) => {
    out[i] = unit > 0 ? Math.round(value / unit) * unit : 0;
  });
}

/** The smaller half of the weights becomes 0. */
function pruned(row: Float32Array, out: Float32Array): void {
  const sizes = row.map(Math.abs).sort();
  const median = sizes[sizes.length >> 1];
  row.forEach((value, i) => {
    out[i] = Math.abs(value) < median ? 0 : value;
  });
}

function deviation(row: Float32Array): number {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  return Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length);
}
