import { stepLengths, type TrajectorySteps } from "../analysis/geometry.js";
import { interruptible } from "../core/interrupt.js";
import { bootstrapInterval, quantile } from "../core/numeric/bootstrap.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { RandomStream } from "../core/random.js";
import type { ScoreRow } from "../core/tables.js";
import type { TrainedZoo } from "../zoo/store/zoo.js";
import { claimRow } from "./claims.js";
import type { CurveByEpoch } from "./learning.js";
import { zooSetting } from "./setting.js";
import { type ClaimOptions, nearestCheckpointClaim, type ZooPair } from "./weight-distributions.js";

/** Length of the step that ends at each epoch: mean over models and the band of 95 percent of them. */
export function stepCurve(zoo: TrainedZoo, name = "step length"): CurveByEpoch {
  const steps = stepsOf(zoo);
  const epochs = Array.from(steps[0]?.epochs ?? []);
  const sorted = epochs.map((_, i) => steps.map(({ lengths }) => lengths[i]).sort((a, b) => a - b));
  const at = (share: number) => sorted.map((values) => quantile(values, share));
  return { name, epochs, middle: sorted.map(meanOf), low: at(0.025), high: at(0.975) };
}

function stepsOf(zoo: TrainedZoo): TrajectorySteps[] {
  return stepLengths(zoo.weights, zoo.facts.model, zoo.facts.epoch);
}

/**
 * What Figs. 5-7 and the text claim about the trajectories: the nearest checkpoint is of the same model, and the steps
 * become shorter (the mean of the last quarter of the steps below that of the first quarter).
 */
export async function trajectoryShapeClaims(zoos: ZooPair, given: ClaimOptions): Promise<ScoreRow[]> {
  const options = interruptible(given);
  const rows: ScoreRow[] = [];
  for (const net of ["cnn", "mlp"] as const) {
    rows.push(
      await nearestCheckpointClaim(zoos[net], { ...options, rng: options.rng.split(net, "nearest") }),
      stepClaim(zoos[net], options.rng.split(net, "steps")),
    );
  }
  return rows;
}

function stepClaim(zoo: TrainedZoo, rng: RandomStream): ScoreRow {
  const ratios = stepsOf(zoo).map(({ lengths }) => {
    const quarter = Math.max(1, Math.floor(lengths.length / 4));
    return meanOf(Array.from(lengths.slice(-quarter))) / meanOf(Array.from(lengths.slice(0, quarter)));
  });
  return claimRow({
    claim: `${zoo.spec.name}: last quarter of the steps over the first quarter, in length`,
    source: "Sections 4 and 5 (2021)",
    interval: bootstrapInterval(ratios, meanOf, { rng }),
    inequality: { relation: "<", bound: 1 },
    setting: zooSetting(zoo),
  });
}
