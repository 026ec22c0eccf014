import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataError, InterruptedError, throwIfAborted } from "../../core/errors.js";
import { removeAbandonedTemporaries } from "../../core/files.js";
import type { Matrix } from "../../core/matrix.js";
import type { StopOptions } from "../../core/progress.js";
import { Evaluator } from "./evaluation.js";
import {
  type HyperCheckpoint,
  loadCheckpoint,
  loadHyperModel,
  saveCheckpoint,
  saveHyperModel,
} from "./files.js";
import { type CurvePoint, type HyperModel, type HyperSetup, modelPlan } from "./model.js";
import { layerScale, scaled } from "./scale.js";
import { afterEvaluation, freshStall, isMilestone, learningRateAt } from "./schedule.js";
import { diverged, HyperTrainer } from "./trainer.js";

/** Seconds of training between two checkpoints. */
const checkpointSeconds = 15;

/** Milliseconds after which the event loop gets its turn: on some backends no step waits for it by itself. */
const sliceMs = 100;

/** What is trained, on what, and where it is kept. */
export interface TrainingTask {
  readonly setup: HyperSetup;
  /** [rows, parameters], in the layout's order. */
  readonly train: Matrix;
  readonly validation: Matrix;
  /** Holds the checkpoint while it trains, the model in the end, and the snapshots. */
  readonly folder: string;
  /** Name of the engine, for the model's file. */
  readonly engine: string;
}

/** What a training tells while it runs. */
export interface TrainingWatch extends StopOptions {
  /** After every step. */
  readonly onStep?: (step: number) => void;
  readonly onPoint?: (point: CurvePoint) => void;
}

/** The trained model of a finished training. */
export function modelFile(folder: string): string {
  return join(folder, "model.safetensors");
}

/** What a training goes on from; gone when it is finished. */
export function checkpointFile(folder: string): string {
  return join(folder, "checkpoint.safetensors");
}

/** Files of the parameters that were kept aside, by step. */
export function snapshotFiles(folder: string): string[] {
  const place = join(folder, "snapshots");
  if (!existsSync(place)) return [];
  const names = readdirSync(place).filter((name) => name.endsWith(".safetensors"));
  return names.sort().map((name) => join(place, name));
}

/** File of the parameters after `step` steps. */
function snapshotFile(folder: string, step: number): string {
  return join(folder, "snapshots", `step-${String(step).padStart(7, "0")}.safetensors`);
}

/**
 * Trains on the active tensor backend. What the folder holds already is not done again: a finished model is opened, a
 * checkpoint is gone on from, and the bits are those of an unbroken training on an equal engine. Files that are damaged
 * are made again.
 * @throws InterruptedError on abort, after a checkpoint; DataError "hyper/diverged"
 */
export async function runTraining(task: TrainingTask, watch: TrainingWatch = {}): Promise<HyperModel> {
  const { folder, setup } = task;
  const trained = finishedModel(folder);
  if (trained) return trained;
  removeAbandonedTemporaries(folder);
  mkdirSync(join(folder, "snapshots"), { recursive: true });
  const { plan } = modelPlan(setup);
  const scale = setup.config.normalise === "layers" ? layerScale(task.train, plan) : null;
  const known = loadCheckpoint(checkpointFile(folder), setup);
  const trainer = new HyperTrainer(setup, scaled(task.train, plan, scale), known?.trainer);
  try {
    const validation = scaled(task.validation, plan, scale);
    const evaluator = new Evaluator(setup, trainer.coder, validation, trainer.batch);
    const finished = await steps({ task, trainer, evaluator, watch, scale }, known);
    const { values, step, curve } = finished;
    const model: HyperModel = { ...setup, values, step, curve, scale, engine: task.engine };
    await saveHyperModel(modelFile(folder), model);
    rmSync(checkpointFile(folder), { force: true });
    return model;
  } finally {
    trainer.dispose();
  }
}

/** The model of a finished training; undefined where there is none, or none that is whole. */
export function finishedModel(folder: string): HyperModel | undefined {
  if (!existsSync(modelFile(folder))) return undefined;
  try {
    return loadHyperModel(modelFile(folder));
  } catch (cause) {
    if (cause instanceof DataError) return undefined;
    throw cause;
  }
}

interface Run {
  readonly task: TrainingTask;
  readonly trainer: HyperTrainer;
  readonly evaluator: Evaluator;
  readonly watch: TrainingWatch;
  readonly scale: HyperModel["scale"];
}

/** A checkpoint without the trainer's part, while it changes; `step` counts steps that are done. */
type Course = { -readonly [Field in keyof Omit<HyperCheckpoint, "trainer">]: HyperCheckpoint[Field] } & {
  step: number;
};

async function steps(
  run: Run,
  known: HyperCheckpoint | undefined,
): Promise<Pick<HyperModel, "values" | "step" | "curve">> {
  const { task, trainer, watch } = run;
  const course = courseOf(known);
  let kept = course.seconds;
  let lastTurn = performance.now();
  const keep = async () => {
    const { step: _, ...rest } = course;
    const state = { ...rest, trainer: await trainer.state() };
    await saveCheckpoint(checkpointFile(task.folder), task.setup, state);
    kept = course.seconds;
  };
  try {
    // What is due after a step is looked for before the next: a stop may have come between.
    while (!(await isOver(run, course))) {
      if (performance.now() - lastTurn > sliceMs) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        lastTurn = performance.now();
      }
      throwIfAborted(watch.signal, "the training of a hyper-representation");
      if (course.seconds - kept >= checkpointSeconds) await keep();
      await oneStep(run, course);
    }
  } catch (cause) {
    if (cause instanceof InterruptedError) await keep();
    throw cause;
  }
  const { best, step, curve } = course;
  return { values: best?.values ?? (await trainer.values()), step: best?.step ?? step, curve };
}

function courseOf(known: HyperCheckpoint | undefined): Course {
  if (!known) return { step: 0, stall: freshStall, curve: [], seconds: 0, losses: [0, 0], best: null };
  const { trainer, ...rest } = known;
  return { ...rest, step: trainer.steps };
}

async function oneStep({ trainer, watch }: Run, course: Course): Promise<void> {
  const started = performance.now();
  const loss = await trainer.step(course.step, course.stall);
  course.seconds += (performance.now() - started) / 1000;
  course.losses = [course.losses[0] + loss, course.losses[1] + 1];
  course.step++;
  watch.onStep?.(course.step);
}

/** Does what is due after a step, evaluation and snapshot, and tells whether it was the last one. */
async function isOver(run: Run, course: Course): Promise<boolean> {
  const { evaluations, snapshots, earlyStopping, steps: most } = run.task.setup.config;
  const { step } = course;
  if (step === 0) return false;
  if (isMilestone(step, evaluations, most) && course.curve.at(-1)?.step !== step) await evaluate(run, course);
  if (snapshots > 0 && isMilestone(step, snapshots, most)) await snapshot(run, step, course.curve);
  return step >= most || (earlyStopping !== null && course.stall.sinceBest >= earlyStopping.patience);
}

async function evaluate({ task, trainer, evaluator, watch }: Run, course: Course): Promise<void> {
  const { config } = task.setup;
  const { step, seconds, losses, stall } = course;
  const { loss: validationLoss, r2: validationR2 } = await evaluator.run(trainer.coder, watch);
  if (!Number.isFinite(validationLoss)) throw diverged(step, validationLoss, config);
  const epoch = step / trainer.batchesPerEpoch;
  const learningRate = learningRateAt(step - 1, config, stall);
  const trainLoss = losses[0] / losses[1];
  const point = { step, epoch, seconds, learningRate, trainLoss, validationLoss, validationR2 };
  course.curve = [...course.curve, point];
  course.losses = [0, 0];
  course.stall = afterEvaluation(stall, validationLoss, config);
  if (config.earlyStopping && course.stall.sinceBest === 0)
    course.best = { step, values: await trainer.values() };
  watch.onPoint?.(point);
}

async function snapshot(
  { task, trainer, scale }: Run,
  step: number,
  curve: readonly CurvePoint[],
): Promise<void> {
  const model = {
    ...task.setup,
    values: await trainer.values(),
    step,
    curve,
    scale,
    engine: task.engine,
  };
  await saveHyperModel(snapshotFile(task.folder, step), model);
}
