import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataError, throwIfAborted } from "../../core/errors.js";
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
 * @throws InterruptedError on abort, after a checkpoint unless it was evaluating; DataError "hyper/diverged"
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
function finishedModel(folder: string): HyperModel | undefined {
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

async function steps(
  run: Run,
  known: HyperCheckpoint | undefined,
): Promise<Pick<HyperModel, "values" | "step" | "curve">> {
  const { task, trainer, evaluator, watch } = run;
  const { config } = task.setup;
  const curve = [...(known?.curve ?? [])];
  let stall = known?.stall ?? freshStall;
  let best = known?.best ?? null;
  let seconds = known?.seconds ?? 0;
  let losses: readonly [number, number] = known?.losses ?? [0, 0];
  let kept = seconds;
  let lastTurn = performance.now();
  let step = known?.trainer.steps ?? 0;
  const keep = async () => {
    const state = { trainer: await trainer.state(), stall, curve, seconds, losses, best };
    await saveCheckpoint(checkpointFile(task.folder), task.setup, state);
    kept = seconds;
  };
  while (step < config.steps) {
    const started = performance.now();
    const loss = await trainer.step(step, stall);
    seconds += (performance.now() - started) / 1000;
    losses = [losses[0] + loss, losses[1] + 1];
    step++;
    watch.onStep?.(step);
    if (isMilestone(step, config.evaluations, config.steps)) {
      const { loss: validationLoss, r2 } = await evaluator.run(trainer.coder, watch);
      if (!Number.isFinite(validationLoss)) throw diverged(step, validationLoss, config);
      const learningRate = learningRateAt(step - 1, config, stall);
      const point = { step, epoch: step / trainer.batchesPerEpoch, seconds, learningRate, trainLoss: losses[0] / losses[1], validationLoss, validationR2: r2 }; // biome-ignore format: a record in one line
      curve.push(point);
      losses = [0, 0];
      stall = afterEvaluation(stall, validationLoss, config);
      if (config.earlyStopping && stall.sinceBest === 0) best = { step, values: await trainer.values() };
      watch.onPoint?.(point);
    }
    if (config.snapshots > 0 && isMilestone(step, config.snapshots, config.steps))
      await snapshot(run, step, curve);
    if (config.earlyStopping && stall.sinceBest >= config.earlyStopping.patience) break;
    if (performance.now() - lastTurn > sliceMs) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      lastTurn = performance.now();
    }
    if (watch.signal?.aborted) await keep();
    throwIfAborted(watch.signal, "the training of a hyper-representation");
    if (seconds - kept >= checkpointSeconds) await keep();
  }
  return { values: best?.values ?? (await trainer.values()), step: best?.step ?? step, curve };
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
    curve: [...curve],
    scale,
    engine: task.engine,
  };
  await saveHyperModel(snapshotFile(task.folder, step), model);
}
