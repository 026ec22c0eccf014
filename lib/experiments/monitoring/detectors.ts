import { predictionSurprise } from "../../analysis/monitoring/surprise.js";
import { type TrajectoryShape, trajectoryShapes } from "../../analysis/trajectory-shape.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";

/** What an alarm watches; the first three need nothing but weights. */
export const detectors = ["step length", "turning", "smoothness", "training loss", "arriving loss"] as const;
export type Detector = (typeof detectors)[number];

/** Surprise of one model by detector, by epoch from 0; NaN where a detector does not know yet. */
export type Surprises = Readonly<Record<Detector, Float64Array>>;

export interface DetectorOptions {
  /** Epochs before the judged one that a detector predicts it from. */
  readonly window: number;
  /** Steps that smoothness looks back on. */
  readonly smoothness: number;
}

/**
 * How surprising each epoch of each model is to each detector: the size of the error of a line through the epochs before
 * it, in standard errors. Lengths and losses are taken as logarithms, since they shrink by factors.
 * @param arriving see arrivingLoss
 */
export function zooSurprises(
  zoo: TrainedZoo,
  arriving: readonly Float64Array[],
  { window, smoothness }: DetectorOptions,
): Surprises[] {
  const { model, epoch, train_loss: loss } = zoo.facts;
  const losses = Array.from({ length: zoo.models }, () =>
    new Float64Array(zoo.spec.epochs + 1).fill(Number.NaN),
  );
  for (let row = 0; row < model.length; row++) losses[model[row]][epoch[row]] = loss[row];
  const surprise = (series: ArrayLike<number>) => predictionSurprise(series, { window }).map(Math.abs);
  return trajectoryShapes(zoo.weights, model, epoch, { window: smoothness }).map((shape) => {
    const at = (values: Float64Array) => byEpoch(shape, values, zoo.spec.epochs);
    return {
      "step length": surprise(at(shape.stepLength).map(Math.log)),
      turning: surprise(at(shape.turning)),
      smoothness: surprise(at(shape.straightness)),
      "training loss": surprise(losses[shape.model].map(Math.log)),
      "arriving loss": surprise(arriving[shape.model].map(Math.log)),
    };
  });
}

/** Values of kept checkpoints by epoch. */
function byEpoch({ epochs }: TrajectoryShape, values: Float64Array, last: number): Float64Array {
  const series = new Float64Array(last + 1).fill(Number.NaN);
  epochs.forEach((epoch, i) => {
    series[epoch] = values[i];
  });
  return series;
}

/** The greatest surprise of some epochs, NaN ones left out; NaN when all are. */
export function greatest(surprise: Float64Array, from: number, to: number): number {
  const known = surprise.slice(from, to + 1).filter((value) => !Number.isNaN(value));
  return known.length > 0 ? known.reduce((most, value) => Math.max(most, value)) : Number.NaN;
}
