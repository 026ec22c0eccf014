import { join } from "node:path";
import { SpecError, StoreError, throwIfAborted } from "../../core/errors.js";
import { kernelSignal } from "../../core/interrupt.js";
import { type Matrix, matrix, takeRows } from "../../core/matrix.js";
import type { WeightLayout } from "../../networks/types.js";
import { type FactsRow, factsRow, takeFacts, type ZooFacts } from "../facts.js";
import type { ZooData } from "./identity.js";
import { layoutOfModel, type ZooLayouts } from "./layouts.js";
import { mergedWeightsFile, type ZooManifest } from "./manifest.js";
import { rowStarts } from "./rows.js";
import type { SafetensorsHeader } from "./safetensors.js";
import { WeightsFile } from "./weights-file.js";
import type { Checkpoints, CommonZoo, RowVector, WeightChunk } from "./zoo-kinds.js";

/** Weights that a stream reads at once: 4 MiB. */
const streamedWeights = 1 << 20;

/** A zoo over its files: facts in memory, weights on disk until they are asked for. */
export class StoredZoo implements CommonZoo {
  readonly key: string;
  readonly data: ZooData;
  readonly isMixed: boolean;
  readonly models: number;
  readonly checkpointsPerModel: number;
  readonly epochs: readonly number[];
  readonly diverged: readonly number[];
  private readonly file: WeightsFile;
  private loaded: Matrix | undefined;

  constructor(
    readonly folder: string,
    manifest: ZooManifest,
    private readonly layouts: ZooLayouts,
    header: SafetensorsHeader,
    readonly facts: ZooFacts,
  ) {
    this.key = manifest.key;
    this.data = manifest.data;
    this.isMixed = layouts.byModel !== undefined;
    this.models = manifest.counts.models;
    this.checkpointsPerModel = manifest.counts.checkpointsPerModel;
    this.epochs = [...new Set(facts.epoch)].sort((a, b) => a - b);
    this.diverged = manifest.diverged;
    const path = join(folder, mergedWeightsFile);
    this.file = new WeightsFile(path, header.dataStart, rowStarts(layouts, facts.model), manifest.kind);
  }

  get layout(): WeightLayout {
    if (this.isMixed) throw this.mixed("its models have no one layout; ask for zoo.layoutOf(model)");
    return this.layouts.layouts[0];
  }

  get weights(): Matrix {
    const { parameters } = this.wholeLayout();
    try {
      this.loaded ??= matrix(this.file.rows, parameters, this.file.read(0, this.file.rows));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const message = `the weights of ${this.folder} do not fit into memory; read them piece by piece with zoo.chunks()`;
      throw new StoreError("zoo/large", message, { value: this.file.rows * parameters, cause });
    }
    return this.loaded;
  }

  layoutOf(model: number): WeightLayout {
    if (Number.isInteger(model) && model >= 0 && model < this.models)
      return layoutOfModel(this.layouts, model);
    const message = `there is no model ${model} in ${this.folder}; it has 0 to ${this.models - 1}`;
    throw new SpecError("zoo/model", message, { value: model });
  }

  weightsOf(row: number): Float32Array {
    this.checkRow(row);
    return this.file.read(row, row + 1);
  }

  async *chunks(options: { readonly rows?: number } = {}): AsyncGenerator<WeightChunk> {
    const { parameters } = this.wholeLayout();
    const signal = kernelSignal();
    const { rows = Math.max(1, Math.floor(streamedWeights / parameters)) } = options;
    if (!Number.isInteger(rows) || rows < 1) {
      const message = `zoo.chunks: rows is ${rows}; give a positive whole number`;
      throw new SpecError("zoo/rows", message, { value: rows });
    }
    for (let first = 0; first < this.file.rows; first += rows) {
      const end = Math.min(first + rows, this.file.rows);
      const weights = matrix(end - first, parameters, await this.file.readLater(first, end));
      throwIfAborted(signal, `reading ${this.folder}`);
      yield { first, weights };
    }
  }

  async *vectors(): AsyncGenerator<RowVector> {
    const { starts, rows } = this.file;
    const signal = kernelSignal();
    for (let first = 0; first < rows; ) {
      let end = first + 1;
      while (end < rows && starts[end + 1] - starts[first] <= streamedWeights) end++;
      const piece = await this.file.readLater(first, end);
      for (let row = first; row < end; row++) {
        throwIfAborted(signal, `reading ${this.folder}`);
        yield { row, vector: piece.subarray(starts[row] - starts[first], starts[row + 1] - starts[first]) };
      }
      first = end;
    }
  }

  rowsWhere(predicate: (row: FactsRow) => boolean): Int32Array {
    const rows: number[] = [];
    for (let i = 0; i < this.facts.model.length; i++) if (predicate(factsRow(this.facts, i))) rows.push(i);
    return Int32Array.from(rows);
  }

  select(rows: ArrayLike<number> | ((row: FactsRow) => boolean)): Checkpoints {
    const indices = typeof rows === "function" ? this.rowsWhere(rows) : rows;
    for (let i = 0; i < indices.length; i++) this.checkRow(indices[i]);
    const facts = takeFacts(this.facts, indices);
    if (this.loaded) return { weights: takeRows(this.loaded, indices), facts };
    const cols = this.commonParameters(facts.model);
    const weights = matrix(indices.length, cols);
    for (let i = 0, end = 1; i < indices.length; i = end++) {
      while (end < indices.length && indices[end] === indices[end - 1] + 1) end++;
      weights.data.set(this.file.read(indices[i], indices[end - 1] + 1), i * cols);
    }
    return { weights, facts };
  }

  private checkRow(row: number): void {
    if (Number.isInteger(row) && row >= 0 && row < this.file.rows) return;
    const message = `there is no row ${row} in ${this.folder}; it has 0 to ${this.file.rows - 1}`;
    throw new SpecError("zoo/row", message, { value: row });
  }

  /** Weights of each vector of these models. */
  private commonParameters(models: Int32Array): number {
    const [first = this.layouts.layouts[0]] = new Set(Array.from(models, (model) => this.layoutOf(model)));
    if (models.every((model) => this.layoutOf(model) === first)) return first.parameters;
    throw this.mixed(
      "the selected models differ in their networks; select those of one, or use zoo.vectors()",
    );
  }

  private wholeLayout(): WeightLayout {
    if (this.isMixed) throw this.mixed("its weights make no matrix; use zoo.weightsOf(row) or zoo.vectors()");
    return this.layout;
  }

  private mixed(why: string): SpecError {
    return new SpecError("zoo/mixed", `${this.folder} holds networks of several shapes: ${why}`, {
      value: this.folder,
    });
  }
}
