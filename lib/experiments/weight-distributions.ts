import { type NearestModels, nearestModels, weightMoments } from "../analysis/geometry.js";
import { interruptible } from "../core/interrupt.js";
import { type Matrix, matrix } from "../core/matrix.js";
import { bootstrapInterval } from "../core/numeric/bootstrap.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import type { ScoreRow } from "../core/tables.js";
import type { TrainedZoo, Zoo } from "../zoo/store/zoo.js";
import { claimRow } from "./claims.js";
import { zooSetting } from "./setting.js";

/** Mean and standard deviation of a model's weights, with its test accuracy (a fraction): a point of Fig. 3. */
export interface ModelMoments {
  readonly mean: number;
  readonly deviation: number;
  readonly accuracy: number;
}

/** Fig. 3 of the trajectory papers: one point a model, at the given epoch (the last one when left out). */
export function momentsAtEpoch(zoo: Zoo, epoch = zoo.epochs[zoo.epochs.length - 1]): ModelMoments[] {
  const { weights, facts } = zoo.select((row) => row.epoch === epoch && !row.diverged);
  const { mean, deviation } = weightMoments(weights);
  return Array.from(mean, (value, i) => ({
    mean: value,
    deviation: deviation[i],
    accuracy: facts.test_accuracy[i],
  }));
}

/** All weights of all models at one epoch (the last one when left out), for a histogram. */
export function weightsAtEpoch(zoo: Zoo, epoch = zoo.epochs[zoo.epochs.length - 1]): Float32Array {
  return zoo.select((row) => row.epoch === epoch && !row.diverged).weights.data;
}

/** F1 on the test images below which a class counts as not learned. */
const unlearned = 0.1;

/**
 * The models of a zoo at its last epoch by how many classes they never learned (F1 below .1), with the mean deviation
 * of their weights and their mean accuracy: one row a number of classes.
 */
export function missedClasses(zoo: Zoo): Record<string, number>[] {
  const { facts } = zoo.select((row) => row.epoch === zoo.epochs[zoo.epochs.length - 1] && !row.diverged);
  const scores = Object.keys(facts)
    .filter((name) => name.startsWith("f1_class_"))
    .map((name) => facts[name] as Float64Array);
  const groups = new Map<number, ModelMoments[]>();
  momentsAtEpoch(zoo).forEach((moments, i) => {
    const missed = scores.filter((f1) => f1[i] < unlearned).length;
    groups.set(missed, [...(groups.get(missed) ?? []), moments]);
  });
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([missed, models]) => ({
      "classes not learned": missed,
      models: models.length,
      "mean deviation of the weights": meanOf(models.map(({ deviation }) => deviation)),
      "least deviation": Math.min(...models.map(({ deviation }) => deviation)),
      "greatest deviation": Math.max(...models.map(({ deviation }) => deviation)),
      "mean test accuracy": meanOf(models.map(({ accuracy }) => accuracy)),
    }));
}

/** The two zoos of the trajectory papers. */
export interface ZooPair {
  readonly mlp: TrainedZoo;
  readonly cnn: TrainedZoo;
}

export interface ClaimOptions extends LongRunOptions {
  readonly rng: RandomStream;
}

/**
 * The claim of Fig. 3 as a test: how often is the nearest other checkpoint one of the same model, in the plane of mean
 * and deviation (each scaled to unit deviation over the zoo)? If two numbers identified a model, always. The claim
 * "cannot be reliably told apart" is read as: in less than 95 of 100 cases.
 */
export async function momentClaims(zoos: ZooPair, options: ClaimOptions): Promise<ScoreRow[]> {
  const rows: ScoreRow[] = [];
  const run = longRun(interruptible(options));
  for (const net of ["cnn", "mlp"] as const) {
    const zoo = zoos[net];
    const near = await nearestModels(standardMoments(zoo), zoo.facts.model, run);
    rows.push(
      claimRow({
        claim: `${net.toUpperCase()}: nearest checkpoint by mean and deviation is of the same model`,
        source: "Fig. 3",
        interval: sameModelInterval(zoo, near, options.rng.split(net)),
        inequality: { relation: "<", bound: 0.95 },
        setting: zooSetting(zoo),
      }),
    );
  }
  return rows;
}

/** Mean and deviation of each checkpoint's weights, each scaled to mean 0 and deviation 1 over the zoo. */
function standardMoments(zoo: Zoo): Matrix {
  const { mean, deviation } = weightMoments(zoo.weights);
  const plane = matrix(mean.length, 2);
  [mean, deviation].forEach((values, c) => {
    const centre = meanOf(Array.from(values));
    const spread = Math.sqrt(meanOf(Array.from(values, (value) => (value - centre) ** 2)));
    for (let i = 0; i < values.length; i++) plane.data[2 * i + c] = (values[i] - centre) / spread;
  });
  return plane;
}

/**
 * The first claim of the papers: the nearest other checkpoint in full weight space is of the same model, for every
 * checkpoint.
 */
export async function nearestCheckpointClaim(zoo: Zoo, options: ClaimOptions): Promise<ScoreRow> {
  const near = await nearestModels(zoo.weights, zoo.facts.model, longRun(options));
  return claimRow({
    claim: `${zoo.spec.name}: nearest checkpoint in weight space is of the same model`,
    source: "Sections 3 and 4 (2021)",
    interval: sameModelInterval(zoo, near, options.rng),
    inequality: { relation: ">=", bound: 1 },
    setting: zooSetting(zoo),
    published: 1,
  });
}

/** Share of checkpoints whose nearest other checkpoint is of the same model, resampled by model. */
function sameModelInterval(zoo: Zoo, near: NearestModels, rng: RandomStream) {
  const byModel = Array.from({ length: zoo.models }, (): number[] => []);
  zoo.facts.model.forEach((model, i) => {
    byModel[model].push(near.own[i] < near.other[i] ? 1 : 0);
  });
  return bootstrapInterval(byModel.map(meanOf), meanOf, { rng });
}

function longRun({ signal, onProgress }: LongRunOptions): LongRunOptions {
  return { signal, onProgress };
}
