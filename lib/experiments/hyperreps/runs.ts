import type { Scored } from "../../analysis/probes/model-scores.js";
import { type ProbeCell, probeFeatures } from "../../analysis/probes/probe-features.js";
import type { ConvergedSettings } from "../../analysis/probes/softmax.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { HyperConfig } from "../../representations/hyper/config.js";
import type { HyperRepresentation } from "../../representations/hyper/hyper-representation.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { trainHyperRepresentations } from "../../representations/hyper/train-many.js";
import { permutedRows } from "../../representations/hyper/views.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { type HyperSetting, settingSplits } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { reconstructionScores } from "./scores.js";

/** A row (and column) of a table, with what is trained for it. */
export interface CellSpec {
  readonly row: string;
  /** Of Table 3, whose columns are augmentations. */
  readonly column?: string;
  readonly config: Partial<HyperConfig>;
}

/** One training of a cell. */
export interface CellRun {
  readonly seed: number;
  readonly representation: HyperRepresentation;
  /** R2 of the permuted test rows; null for Ec, whose decoder is not trained. */
  readonly reconstruction: Scored | null;
  readonly probes: readonly ProbeCell[];
}

export interface CellResult extends CellSpec {
  /** One for each seed. */
  readonly runs: readonly CellRun[];
}

export interface RunCellsOptions<Setting extends HyperSetting = TetrisSetting> extends LongRunOptions {
  readonly setting: Setting;
  /** Columns of the facts that are read from the representations, by name; none by default. */
  readonly targets?: Readonly<Record<string, string>>;
  /** Hears of the curves while trainings run. */
  readonly onPoint?: (name: string, point: CurvePoint) => void;
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
  /** First seed of the trainings; 1 by default. */
  readonly firstSeed?: number;
}

/** A table of the paper in our run. */
export interface Ablation {
  readonly cells: readonly CellResult[];
  /** In the shape of the published table, in percent. */
  readonly table: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

/** @throws SpecError "options/unknown" for an option that experiments do not have; targets are their own */
export function checkRunOptions(options: RunCellsOptions, where: string): void {
  checkOptions(options, ["setting", "onPoint", "on", "firstSeed", "signal", "onProgress"], where);
}

/** Cells that are trained and scored on one zoo. */
export interface ZooCells {
  readonly zoo: Zoo;
  readonly cells: readonly CellSpec[];
  /** Those of the options by default. */
  readonly targets?: Readonly<Record<string, string>>;
}

/** Trains every cell from every seed, side by side, and scores it on the test split. */
export async function runCells(
  zoo: Zoo,
  cells: readonly CellSpec[],
  options: RunCellsOptions<HyperSetting>,
): Promise<CellResult[]> {
  const [results] = await runZooCells([{ zoo, cells }], options);
  return results;
}

/** `runCells` of several zoos, whose trainings all run side by side; results by zoo. */
export async function runZooCells(
  zoos: readonly ZooCells[],
  given: RunCellsOptions<HyperSetting>,
): Promise<CellResult[][]> {
  const { setting, targets = {}, onPoint, on, onProgress, signal, firstSeed = 1 } = interruptible(given);
  const jobs = zoos.flatMap(({ zoo, cells, targets: own = targets }, z) => {
    const splits = settingSplits(zoo, setting);
    return cells.map((cell) => ({ zoo, z, splits, cell, own }));
  });
  const seeds = Array.from({ length: setting.seeds }, (_, i) => firstSeed + i);
  // Seed by seed, so that a table that is stopped half way has all its cells once.
  const trainings = seeds.flatMap((seed) =>
    jobs.map(({ zoo, splits: { train, validation }, cell: { row, column, config } }) => {
      const own = column === undefined ? row : `${row}, ${column}`;
      const name = zoos.length > 1 ? `${zoo.spec.name}, ${own}` : own;
      return { name, config: { ...setting.config, ...config }, seed, train, validation };
    }),
  );
  const trained = await trainHyperRepresentations(trainings, {
    signal,
    ...(on ? { on } : {}),
    ...(onPoint ? { onPoint: ({ name, seed }, point) => onPoint(`${name} (seed ${seed})`, point) } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  const results: CellResult[][] = zoos.map(() => []);
  for (const [j, { z, splits, cell, own }] of jobs.entries()) {
    const runs: CellRun[] = [];
    for (const [s, seed] of seeds.entries()) {
      const { softmax } = setting;
      runs.push(await scored(trained[s * jobs.length + j], seed, splits, own, { signal, softmax }));
    }
    results[z].push({ ...cell, runs });
  }
  return results;
}

/** How trained representations are scored. */
interface Scoring extends LongRunOptions {
  readonly softmax?: ConvergedSettings | undefined;
}

/** Reconstruction and probes of one representation on the test split. */
async function scored(
  representation: HyperRepresentation,
  seed: number,
  splits: ZooSplits,
  targets: Readonly<Record<string, string>>,
  { softmax, ...options }: Scoring,
): Promise<CellRun> {
  const { test } = splits;
  // One order of the units for all trainings: their reconstructions are compared on the same vectors.
  const permuted = permutedRows(test, RandomStream.fromSeed(0).split("permuted test rows"));
  const isReconstructed = representation.model.config.loss !== "Ec";
  const reconstruction = isReconstructed
    ? reconstructionScores(
        test.facts.model,
        permuted,
        await representation.reconstruct({ ...test, weights: permuted }, options),
      )
    : null;
  const probes = await probesOf(representation, splits, targets, { softmax, ...options });
  return { seed, representation, reconstruction, probes };
}

async function probesOf(
  representation: HyperRepresentation,
  { train, validation, test }: ZooSplits,
  targets: Readonly<Record<string, string>>,
  { softmax, ...options }: Scoring,
): Promise<ProbeCell[]> {
  if (Object.keys(targets).length === 0) return [];
  const features = {
    train: await representation.transform(train, options),
    validation: await representation.transform(validation, options),
    test: await representation.transform(test, options),
  };
  const facts = { train: train.facts, validation: validation.facts, test: test.facts };
  return probeFeatures(features, facts, targets, {
    rng: RandomStream.fromSeed(0).split("probes"),
    ...(softmax ? { softmax } : {}),
    ...options,
  });
}
