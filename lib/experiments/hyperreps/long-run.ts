import { probeFeatures } from "../../analysis/probes/probe-features.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { HyperConfig, HyperLoss } from "../../representations/hyper/config.js";
import {
  type HyperRepresentation,
  loadHyperRepresentation,
} from "../../representations/hyper/hyper-representation.js";
import { type HyperTraining, trainHyperRepresentations } from "../../representations/hyper/train-many.js";
import { permutedRows } from "../../representations/hyper/views.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { settingSplits } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { reconstructionScores, scorePercent } from "./scores.js";

/** Points of the curves, evenly spaced over the steps. */
const points = 60;

/** The long runs: the two losses whose published scores differ most. */
const losses: readonly HyperLoss[] = ["ED", "EcD"];

/** One point of a long run. */
export interface LongRunPoint {
  readonly step: number;
  /** Of one core, evaluations left out. */
  readonly seconds: number;
  /** Percent, of the permuted test rows. */
  readonly reconstruction: number;
  /** Percent, probe on the test split. */
  readonly accuracy: number;
}

export interface LongRun {
  readonly loss: HyperLoss;
  readonly representation: HyperRepresentation;
  /** Probes fitted on a part of the training rows, which is enough for a curve. */
  readonly curve: readonly LongRunPoint[];
  /** The end, probed with all rows. */
  readonly end: LongRunPoint;
}

export interface LongRunsOptions extends LongRunOptions {
  readonly setting: TetrisSetting;
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
}

/** What the long runs train. */
export function longTrainings(zoo: Zoo, setting: TetrisSetting): HyperTraining[] {
  const { train, validation } = settingSplits(zoo, setting);
  const shared: Partial<HyperConfig> = { steps: setting.steps.long, evaluations: points, snapshots: points };
  return losses.map((loss) => ({
    name: loss,
    config: { ...setting.config, ...shared, loss },
    seed: 1,
    train,
    validation,
  }));
}

/**
 * ED and EcD trained for long (an hour of one core at `laptop`): what they reconstruct, and the accuracy that a probe
 * reads from them, while they learn.
 * @throws as trainHyperRepresentations
 */
export async function runLong(zoo: Zoo, given: LongRunsOptions): Promise<LongRun[]> {
  checkOptions(given, ["setting", "on", "signal", "onProgress"], "runLong");
  const { setting, on, signal, onProgress } = interruptible(given);
  const trainings = longTrainings(zoo, setting);
  const trained = await trainHyperRepresentations(trainings, {
    signal,
    ...(on ? { on } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  const whole = settingSplits(zoo, setting);
  const few = { models: 300, checkpoints: Math.min(15, zoo.epochs.length) };
  const thinned = settingSplits(zoo, { ...setting, rows: few, testRows: { checkpoints: few.checkpoints } });
  const runs: LongRun[] = [];
  for (const representation of trained) {
    const curve: LongRunPoint[] = [];
    for (const file of representation.snapshots) {
      curve.push(await pointOf(loadHyperRepresentation(file), thinned, { signal }));
    }
    const end = await pointOf(representation, whole, { signal });
    runs.push({ loss: representation.model.config.loss, representation, curve, end });
  }
  return runs;
}

async function pointOf(
  representation: HyperRepresentation,
  { train, validation, test }: ZooSplits,
  options: LongRunOptions,
): Promise<LongRunPoint> {
  const rng = RandomStream.fromSeed(0);
  const weights = permutedRows(test, rng.split("permuted test rows"));
  const reconstructed = await representation.reconstruct({ ...test, weights }, options);
  const features = {
    train: await representation.transform(train, options),
    validation: await representation.transform(validation, options),
    test: await representation.transform(test, options),
  };
  const facts = { train: train.facts, validation: validation.facts, test: test.facts };
  const [cell] = await probeFeatures(
    features,
    facts,
    { acc: "test_accuracy" },
    { rng: rng.split("probes"), ...options },
  );
  const { step, curve } = representation.model;
  return {
    step,
    seconds: curve.at(-1)?.seconds ?? Number.NaN,
    reconstruction: scorePercent(reconstructionScores(test.facts.model, weights, reconstructed)),
    accuracy: cell.interval.value,
  };
}
