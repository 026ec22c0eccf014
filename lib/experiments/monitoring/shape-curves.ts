import { type TrajectoryShape, trajectoryShapes } from "../../analysis/trajectory-shape.js";
import { quantile } from "../../core/numeric/bootstrap.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import type { CurveByEpoch } from "../learning.js";
import type { ShiftedRuns } from "./domain-shift.js";

/** A panel of curves, as figures take them. */
export interface ShapePanel {
  readonly name: string;
  readonly axis: string;
  readonly scale?: "log";
  readonly curves: readonly CurveByEpoch[];
}

/** Smoothness looks back on so many steps, as the detector of that name does. */
const window = 3;

const measures: readonly {
  readonly name: string;
  readonly axis: string;
  readonly scale?: "log";
  readonly of: (shape: TrajectoryShape) => Float64Array;
}[] = [
  {
    name: "Step length",
    axis: "distance to the epoch before",
    scale: "log",
    of: ({ stepLength }) => stepLength,
  },
  { name: "Turning", axis: "angle between steps (radians)", of: ({ turning }) => turning },
  { name: "Smoothness", axis: "straight way over path, 3 steps", of: ({ straightness }) => straightness },
];

/**
 * Step length, turning and smoothness of runs with and without a shift, by epoch: median over runs and the band of 95
 * percent of them.
 * @param epochs first and last that is shown
 */
export function shapePanels(runs: ShiftedRuns, [from, to]: readonly [number, number]): ShapePanel[] {
  const shapes = ({ weights, facts }: TrainedZoo) =>
    trajectoryShapes(weights, facts.model, facts.epoch, { window });
  const both = [
    { name: "without a shift", shapes: shapes(runs.control) },
    { name: "with a shift", shapes: shapes(runs.shifted) },
  ];
  return measures.map(({ name, axis, scale, of }) => ({
    name,
    axis,
    ...(scale ? { scale } : {}),
    curves: both.map((kind) => {
      const epochs = Array.from(kind.shapes[0].epochs).filter((epoch) => epoch >= from && epoch <= to);
      const sorted = epochs.map((epoch) =>
        kind.shapes
          .map((shape) => of(shape)[shape.epochs.indexOf(epoch)])
          .filter((value) => !Number.isNaN(value))
          .sort((a, b) => a - b),
      );
      const at = (share: number) => sorted.map((values) => quantile(values, share));
      return { name: kind.name, epochs, middle: at(0.5), low: at(0.025), high: at(0.975) };
    }),
  }));
}
