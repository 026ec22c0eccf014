import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkOptions, SpecError, throwIfAborted } from "../../core/errors.js";
import { writeChunksAtomic } from "../../core/files.js";
import { interruptible } from "../../core/interrupt.js";
import { writeNpyRows } from "../../core/npy-rows.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions, StopOptions } from "../../core/progress.js";
import { volume } from "../../networks/layout.js";
import type { WeightLayout } from "../../networks/types.js";
import { zooModels } from "../spec/models.js";
import { encodeHeader } from "../store/safetensors.js";
import type { Zoo } from "../store/zoo-kinds.js";
import { formatCsvRecord } from "./csv.js";
import { factsFile } from "./facts-csv.js";
import { formatKerasLayout, kerasColumns, kerasVariables } from "./keras-layout.js";
import { layoutFile } from "./matrix.js";
import { inNewFolder } from "./new-folder.js";
import { torchNames } from "./torch-names.js";
import { metricsRecords } from "./unterthiner-metrics.js";

/** Formats that a zoo can be written in; see exportZoo. */
export type ExportFormat = "npy" | "safetensors" | "unterthiner";
export const exportFormats: readonly ExportFormat[] = ["npy", "safetensors", "unterthiner"];

/** What was written. */
export interface ExportReport {
  readonly folder: string;
  readonly format: ExportFormat;
  readonly checkpoints: number;
}

/** Options of `exportZoo`. */
export interface ExportOptions extends LongRunOptions {
  /** Whether an earlier export at the same place may be replaced (and nothing else); false by default. */
  readonly replace?: boolean;
}

/** Tells an export from other folders, and which zoo it is of. */
const markFile = "export.json";

/** An export under way. */
interface Job {
  readonly zoo: Zoo;
  /** Temporary folder. */
  readonly folder: string;
  /** Weights of each checkpoint, in order; valid until the next one is asked for. */
  readonly rows: AsyncIterable<Float32Array>;
  readonly stop: StopOptions;
}

/**
 * Writes a zoo in a format that other programs read. Weights are streamed; the folder appears when all of it is there.
 *
 * - `npy`: `weights.npy` float32 [checkpoints, parameters], `facts.csv` with a line a checkpoint, `layout.json`.
 * - `safetensors`: a file a checkpoint, `model-00003/epoch-00050.safetensors`, with named tensors as in torch's
 *   state_dict (`0.weight`, `0.bias`, ..., by the layer's index), and `facts.csv` whose column `file` lists them.
 * - `unterthiner`: `weights.npy`, `metrics.csv.gz` and `layout.csv` as the Small CNN Zoo has them, with kernels in
 *   TensorFlow's order. Facts without a column there (split, momentum, batch size, F1) are left out; of a zoo that was
 *   trained here, initialisers and weight decay are translated (see metricsRecords).
 *
 * Each with `export.json`, which says what it is of. Zoos of mixed architectures can be written as `safetensors` only.
 * @param folder must not be there, or be empty, unless an earlier export may be replaced
 * @throws SpecError "export/mixed", "export/network" or "export/format" for what the format cannot hold; StoreError
 *   when the folder is not empty or cannot be written; InterruptedError on abort; nothing half-written is left
 */
export async function exportZoo(
  zoo: Zoo,
  folder: string,
  format: ExportFormat,
  given: ExportOptions = {},
): Promise<ExportReport> {
  const options = interruptible(given);
  checkOptions(options, ["signal", "onProgress", "replace"], "exportZoo");
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined;
  if (!write) {
    const known = exportFormats.join(", ");
    throw new SpecError("export/format", `there is no format "${format}"; choose ${known}`, {
      value: format,
    });
  }
  const checkpoints = zoo.facts.model.length;
  await inNewFolder(
    folder,
    async (temporary) => {
      const { signal } = options;
      await write({ zoo, folder: temporary, rows: countedRows(zoo, options), stop: { signal } });
      const mark = { zoo: zoo.spec.name, key: zoo.key, format };
      writeFileSync(join(temporary, markFile), `${JSON.stringify(mark)}\n`);
    },
    (place) => options.replace === true && existsSync(join(place, markFile)),
  );
  return { folder, format, checkpoints };
}

const writers: Readonly<Record<ExportFormat, (job: Job) => Promise<void>>> = {
  npy: writeMatrix,
  safetensors: writeCheckpoints,
  unterthiner: writeUnterthiner,
};

async function* countedRows(zoo: Zoo, options: LongRunOptions): AsyncGenerator<Float32Array> {
  const what = "exporting the zoo";
  const pacer = new Pacer(what, zoo.facts.model.length, "checkpoints", options);
  for await (const { vector } of zoo.vectors()) {
    throwIfAborted(options.signal, what);
    yield vector;
    await pacer.add(1);
  }
}

async function writeMatrix({ zoo, folder, rows, stop }: Job): Promise<void> {
  const layout = onlyLayout(zoo, "npy");
  await writeNpyRows(join(folder, "weights.npy"), zoo.facts.model.length, layout.parameters, rows);
  writeFileSync(join(folder, layoutFile), `${JSON.stringify(layout.tensors)}\n`);
  await writeChunksAtomic(join(folder, factsFile), textPieces(factRecords(zoo), stop));
}

async function writeCheckpoints({ zoo, folder, rows, stop }: Job): Promise<void> {
  const { model, epoch } = zoo.facts;
  const files: string[] = [];
  for await (const weights of rows) {
    const row = files.length;
    const name = `model-${pad(model[row])}/epoch-${pad(epoch[row])}.safetensors`;
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, checkpointBytes(zoo.layoutOf(model[row]), weights, model[row], epoch[row]));
    files.push(name);
  }
  await writeChunksAtomic(join(folder, factsFile), textPieces(factRecords(zoo, files), stop));
}

function pad(value: number): string {
  return String(value).padStart(5, "0");
}

function checkpointBytes(
  layout: WeightLayout,
  weights: Float32Array,
  model: number,
  epoch: number,
): Uint8Array {
  const names = torchNames(layout);
  const tensors = layout.tensors.map(({ shape }, i) => ({ name: names[i], dtype: "F32" as const, shape }));
  const header = encodeHeader(tensors, { model: String(model), epoch: String(epoch) });
  const parts = layout.tensors.map(({ shape, offset }) => {
    const values = weights.subarray(offset, offset + volume(shape));
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  });
  return Buffer.concat([header, ...parts]);
}

async function writeUnterthiner({ zoo, folder, rows, stop }: Job): Promise<void> {
  const layout = onlyLayout(zoo, "unterthiner");
  const variables = kerasVariables(layout);
  const columns = kerasColumns("layout.csv", variables, layout, imageChannels(zoo));
  async function* reordered(): AsyncGenerator<Float32Array> {
    for await (const weights of rows) {
      const theirs = new Float32Array(layout.parameters);
      for (let i = 0; i < columns.length; i++) theirs[columns[i]] = weights[i];
      yield theirs;
    }
  }
  await writeNpyRows(join(folder, "weights.npy"), zoo.facts.model.length, layout.parameters, reordered());
  writeFileSync(join(folder, "layout.csv"), formatKerasLayout(variables));
  await writeChunksAtomic(join(folder, "metrics.csv.gz"), gzipPieces(metricsRecords(zoo), stop));
}

/** Channels of the images; 1 where an imported zoo does not say it. */
function imageChannels({ kind, spec }: Zoo): number {
  const network = kind === "trained" ? zooModels(spec)[0].network : spec.network;
  return network?.input.channels ?? 1;
}

function onlyLayout(zoo: Zoo, format: ExportFormat): WeightLayout {
  const layouts = new Set(Array.from({ length: zoo.models }, (_, model) => zoo.layoutOf(model)));
  const [layout] = layouts;
  if (layouts.size === 1) return layout;
  throw new SpecError(
    "export/mixed",
    `the zoo has ${layouts.size} different networks and the format ${format} takes one; choose safetensors`,
    { value: format },
  );
}

/** The lines of facts.csv; numbers that are not there are blank. */
function* factRecords({ facts }: Zoo, files?: readonly string[]): Generator<string> {
  const names = Object.keys(facts);
  yield formatCsvRecord([...(files ? ["file"] : []), ...names]);
  for (let row = 0; row < facts.model.length; row++) {
    const fields = names.map((name) => facts[name][row]);
    const shown = fields.map((field) => (Number.isNaN(field) ? "" : field));
    yield formatCsvRecord([...(files ? [files[row]] : []), ...shown]);
  }
}

/** Lines joined to pieces of about 1 MiB. They are made and written without waiting: see Pacer. */
async function* textPieces(lines: Iterable<string>, stop: StopOptions): AsyncGenerator<Uint8Array> {
  const pacer = new Pacer("exporting the facts", 1, "tables", stop);
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < 1 << 20) continue;
    yield Buffer.from(text);
    if (pacer.due()) await pacer.pause();
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

/** Each piece is a gzip member of its own, which every reader takes as one file. */
async function* gzipPieces(lines: Iterable<string>, stop: StopOptions): AsyncGenerator<Uint8Array> {
  for await (const piece of textPieces(lines, stop)) yield gzipSync(piece);
}
