import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BackendName, requestedBackend } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { cacheFolder } from "../../core/environment.js";
import { checkOptions, DataError, SpecError } from "../../core/errors.js";
import { canonicalJson, sha256 } from "../../core/hash.js";
import { interruptible } from "../../core/interrupt.js";
import type { Matrix } from "../../core/matrix.js";
import { Pacer } from "../../core/numeric/pacer.js";
import { type LongRunOptions, ProgressMeter, type StopOptions } from "../../core/progress.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import { WorkerPool } from "../../core/workers.js";
import { checkRows, checkSameLayout } from "../checks.js";
import type { WeightRows } from "../types.js";
import { trainOnSlurm } from "./cluster/on-slurm.js";
import type { HyperConfig } from "./config.js";
import { hyperConfig } from "./config-checks.js";
import { checkpointSteps } from "./files.js";
import { fittedHyper, type HyperRepresentation } from "./hyper-representation.js";
import { type CurvePoint, type HyperModel, type HyperSetup, modelPlan } from "./model.js";
import { checkpointFile, finishedModel, modelFile, runTraining, snapshotFiles } from "./training.js";
import { unitPermutations } from "./views.js";
import type { SharedRows, TrainingJob, TrainingReport } from "./worker.js";

/** One hyper-representation to be trained. */
export interface HyperTraining {
  /** In tables and figures, e.g. "EcD". */
  readonly name: string;
  readonly config: Partial<HyperConfig>;
  readonly seed: number;
  readonly train: WeightRows;
  readonly validation: WeightRows;
}

export interface TrainHyperOptions extends LongRunOptions {
  /** Trainings at a time, one a thread; one a core by default. */
  readonly workers?: number;
  /** Where trainings are kept; `trainings` in the cache by default. */
  readonly folder?: string;
  /** "wasm" by default, or what `WEIGHTBOOK_BACKEND` names. On a GPU trainings follow each other. */
  readonly backend?: BackendName;
  /**
   * Trains them as tasks of a cluster, e.g. `slurm({ time: "02:00:00" })`; the folder must be on a file system that its
   * machines share. An interrupt leaves the jobs running; the same call finds them again.
   */
  readonly on?: SlurmTarget;
  /** Hears of each new point of a training's curve. */
  readonly onPoint?: (training: HyperTraining, point: CurvePoint) => void;
}

/** A training by the place that its content gives it; its rows are not shared with a worker yet. */
interface PlannedTraining extends Omit<TrainingJob, "train" | "validation"> {
  readonly train: Matrix;
  readonly validation: Matrix;
}

/** Changes when the same configuration would train to other bits. */
const version = "1";

/**
 * Trains hyper-representations side by side, one a core, and keeps each in a folder named after all that determines it:
 * one that was trained before is opened, one that was stopped goes on from its last checkpoint, at most 15 seconds of
 * work back, to the bits of an unbroken training. Equal trainings are done once. Rows are copied into memory that threads
 * share, once for all trainings on them; not for trainings that are opened only, nor where they lie in such memory already.
 * @returns in the order given
 * @throws SpecError for configurations or rows that cannot be; DataError "representation/nan", "hyper/diverged";
 *   InterruptedError on abort; ClusterError where they train on a cluster and Slurm is missing or tasks fail
 */
export async function trainHyperRepresentations(
  trainings: readonly HyperTraining[],
  given: TrainHyperOptions = {},
): Promise<HyperRepresentation[]> {
  const known = ["workers", "folder", "on", "backend", "onPoint", "signal", "onProgress"];
  checkOptions(given, known, "trainHyperRepresentations");
  const options = interruptible(given);
  const backend = options.backend ?? requestedBackend() ?? "wasm";
  const hash = memoised((m: Matrix) =>
    sha256(new Uint8Array(m.data.buffer, m.data.byteOffset, m.data.byteLength)),
  );
  const jobs = trainings.map((training): PlannedTraining => {
    const setup = checkedSetup(training);
    const { train, validation } = training;
    const content = { version, setup, train: hash(train.weights), validation: hash(validation.weights) };
    const key = sha256(canonicalJson(content)).slice(0, 12);
    const name = `${setup.config.loss}-${setup.config.architecture}`.replaceAll("+", "plus");
    const folder = join(resolve(options.folder ?? join(cacheFolder(), "trainings")), `${name}-${key}`);
    return {
      label: `${training.name} (seed ${training.seed})`,
      setup,
      train: train.weights,
      validation: validation.weights,
      folder,
      backend,
    };
  });
  const meters = new TrainingProgress(jobs, options);
  const models = await runJobs(jobs, { ...options, backend }, (report, index) => {
    meters.at(index, report.step);
    if (report.point) options.onPoint?.(trainings[index], report.point);
  });
  for (const [index, { setup }] of jobs.entries()) meters.at(index, setup.config.steps);
  return models.map((model, i) => fittedHyper(trainings[i].name, model, snapshotFiles(jobs[i].folder)));
}

function checkedSetup({ name, config, seed, train, validation }: HyperTraining): HyperSetup {
  const whole = hyperConfig(config);
  if (!Number.isSafeInteger(seed)) {
    throw new SpecError("hyper/seed", `${name}: seed is ${seed}; give a whole number`, { value: seed });
  }
  checkRows(train, `${name}, training`);
  checkSameLayout(validation, train.layout, name);
  checkRows(validation, `${name}, validation`);
  const { layout, network } = train;
  const setup: HyperSetup = { config: whole, seed, layout, ...(network ? { network } : {}) };
  const { plan } = modelPlan(setup);
  if (network || whole.augmentations.permutation) unitPermutations(network, plan.parameters);
  return setup;
}

type OnReport = (report: TrainingReport, index: number) => void;
type RunOptions = TrainHyperOptions & { readonly backend: BackendName };

async function runJobs(
  jobs: readonly PlannedTraining[],
  options: RunOptions,
  onReport: OnReport,
): Promise<HyperModel[]> {
  const models = await openFinished(jobs, options);
  // Two threads that train the same would write the same files.
  const isFirst = ({ folder }: PlannedTraining, index: number) =>
    jobs.findIndex((job) => job.folder === folder) === index;
  const missing = jobs
    .map((job, index) => ({ job, report: (report: TrainingReport) => onReport(report, index) }))
    .filter(({ job }, index) => !models.has(job.folder) && isFirst(job, index));
  if (missing.length > 0) {
    const { on, signal } = options;
    if (on) {
      await trainOnSlurm(missing, { on, signal });
      for (const [folder, model] of await openFinished(
        missing.map(({ job }) => job),
        options,
      )) {
        models.set(folder, model);
      }
      return jobs.map((job) => trainedThere(models, job));
    }
    const isOnGpu = options.backend === "webgpu" || options.backend === "node-gpu";
    const trained = await (isOnGpu ? trainInTurn : trainSideBySide)(missing, options);
    missing.forEach(({ job }, i) => {
      models.set(job.folder, trained[i]);
    });
  }
  return jobs.map(({ folder }) => models.get(folder)!);
}

/** @throws DataError for a model that a cluster left and that cannot be read */
function trainedThere(
  models: ReadonlyMap<string, HyperModel>,
  { folder, label }: PlannedTraining,
): HyperModel {
  const model = models.get(folder);
  if (model) return model;
  const message = `${modelFile(folder)} of ${label} is not whole; remove it and train it again`;
  throw new DataError("hyper/file", message, { value: folder });
}

/** The models of the trainings that were finished before, by folder. */
async function openFinished(
  jobs: readonly PlannedTraining[],
  { signal }: StopOptions,
): Promise<Map<string, HyperModel>> {
  const pacer = new Pacer("training hyper-representations", jobs.length, "trainings", { signal });
  const models = new Map<string, HyperModel>();
  for (const { folder } of jobs) {
    const model = models.get(folder) ?? finishedModel(folder);
    if (model) models.set(folder, model);
    await pacer.add(1);
  }
  return models;
}

interface MissingTraining {
  readonly job: PlannedTraining;
  readonly report: (report: TrainingReport) => void;
}

/** On this thread, one after the other. */
async function trainInTurn(
  missing: readonly MissingTraining[],
  { backend, signal }: RunOptions,
): Promise<HyperModel[]> {
  const { name, device } = await selectBackend({ backend, signal });
  const models: HyperModel[] = [];
  for (const { job, report } of missing) {
    const watch = {
      signal,
      onStep: (step: number) => report({ step }),
      onPoint: (point: CurvePoint) => report({ step: point.step, point }),
    };
    const training = runTraining({ ...job, engine: `${name}, ${device}` }, watch);
    models.push(await training.catch((cause) => Promise.reject(named(cause, job))));
  }
  return models;
}

/** On worker threads, with the rows in memory that they share. */
async function trainSideBySide(
  missing: readonly MissingTraining[],
  { signal, workers }: RunOptions,
): Promise<HyperModel[]> {
  const label = "training hyper-representations";
  const script = new URL("./worker.js", import.meta.url);
  const pool = new WorkerPool<TrainingJob, HyperModel, TrainingReport>(script, { label, workers, signal });
  const share = memoised(shared);
  try {
    const running = missing.map(({ job, report }) => {
      const rows = { train: share(job.train), validation: share(job.validation) };
      const training = pool.run({ ...job, ...rows }, { onMessage: report });
      return training.catch((cause) => Promise.reject(named(cause, job)));
    });
    return await Promise.all(running);
  } finally {
    await pool.close();
  }
}

/** Of several trainings one diverged: its error says which. */
function named(cause: unknown, { label }: PlannedTraining): unknown {
  if (!(cause instanceof DataError && cause.code === "hyper/diverged")) return cause;
  const { code, value } = cause;
  return new DataError(code, `${label}: ${cause.message}`, { value, cause });
}

/** Steps of all trainings on their way. */
class TrainingProgress {
  private readonly meter: ProgressMeter;
  private readonly done: number[];

  constructor(
    private readonly jobs: readonly PlannedTraining[],
    { onProgress }: LongRunOptions,
  ) {
    this.done = jobs.map(({ folder, setup }) =>
      existsSync(modelFile(folder)) ? setup.config.steps : checkpointSteps(checkpointFile(folder)),
    );
    const total = jobs.reduce((sum, { setup }) => sum + setup.config.steps, 0);
    const alreadyDone = this.done.reduce((sum, steps) => sum + steps, 0);
    this.meter = new ProgressMeter("training hyper-representations", total, "steps", onProgress, {
      alreadyDone,
    });
    this.meter.add(0);
  }

  at(index: number, step: number): void {
    const steps = Math.min(step, this.jobs[index].setup.config.steps);
    const more = steps - this.done[index];
    this.done[index] = Math.max(steps, this.done[index]);
    if (more > 0) this.meter.add(more);
  }
}

function shared({ data, rows, cols }: Matrix): SharedRows {
  if (data.buffer instanceof SharedArrayBuffer) return { data, rows, cols };
  const memory = new Float32Array(new SharedArrayBuffer(data.byteLength));
  memory.set(data);
  return { data: memory, rows, cols };
}

function memoised<T>(compute: (m: Matrix) => T): (m: Matrix) => T {
  const known = new Map<Matrix, T>();
  return (m) => {
    const value = known.get(m) ?? compute(m);
    known.set(m, value);
    return value;
  };
}
