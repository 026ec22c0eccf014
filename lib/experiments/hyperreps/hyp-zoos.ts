import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { publishedTable } from "../published.js";
import { descriptorBaselines, plainBaselines } from "./baselines.js";
import { type HypZooScores, hypClaims, hypZooTargets } from "./hyp-zoo-claims.js";
import { settingSplits, trainingSetting, zoosSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";
import { type KeptColumnsOptions, type KeptTable, keptColumns } from "./kept-columns.js";
import { readableTargets } from "./readable-targets.js";
import { runZooCells } from "./runs.js";
import { seedInterval } from "./scores.js";
import { probeScores } from "./tables.js";

const id = "hyperreps/hyp-zoos";

/** One of the four zoos in our run. */
export interface HypZooRun extends HypZooScores {
  readonly zoo: Zoo;
}

export interface HypZoosRun {
  readonly zoos: readonly HypZooRun[];
  /** In the shape of Table 6, percent. */
  readonly table: ResultTable;
  /** The same rows; columns that the paper lacks. */
  readonly extra: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface HypZoosOptions extends LongRunOptions {
  readonly setting: ImageSetting;
  readonly onPoint?: (name: string, point: CurvePoint) => void;
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
}

/**
 * Table 6: what probes read from weights, layer statistics and EcD on the zoos that vary seven hyper-parameters; beside
 * it statistics with biases, gradient-boosted trees on both in the linear probes' place, and weight distribution
 * descriptors.
 * @param zoos by published name
 * @throws as trainHyperRepresentations and probeTable
 */
export async function runHypZoos(
  zoos: Readonly<Record<string, Zoo>>,
  given: HypZoosOptions,
): Promise<HypZoosRun> {
  checkOptions(given, ["setting", "onPoint", "on", "signal", "onProgress"], "runHypZoos");
  const { setting, onPoint, on, signal, onProgress } = interruptible(given);
  const names = Object.keys(zoos);
  const part = inParts(onProgress, "hyper-parameter zoos", 1 + names.length);
  const listen = (index: number): LongRunOptions => {
    const own = part(index);
    return own ? { onProgress: own } : {};
  };
  const specs = [{ row: "EcD", config: { steps: setting.steps } }];
  const targets = names.map((name) => readableTargets(settingSplits(zoos[name], setting), hypZooTargets));
  const learned = await runZooCells(
    names.map((name, z) => ({ zoo: zoos[name], cells: specs, targets: targets[z] })),
    { setting, signal, ...(onPoint ? { onPoint } : {}), ...(on ? { on } : {}), ...listen(0) },
  );
  const rng = RandomStream.fromSeed(0).split(id);
  const runs: HypZooRun[] = [];
  for (const [z, name] of names.entries()) {
    const splits = settingSplits(zoos[name], setting);
    const baselines = await readBaselines(splits, targets[z], {
      id: `${id}/${name}`,
      rng: rng.split(name),
      ...(setting.softmax ? { softmax: setting.softmax } : {}),
      signal,
      ...listen(1 + z),
    });
    runs.push({ name, zoo: zoos[name], baselines, learned: learned[z][0] });
  }
  const text = `${zoosSetting(zoos)}; ${trainingSetting(setting, setting.steps, ["EcD"])}`;
  return {
    zoos: runs,
    table: publishedColumns(runs, text, rng.split("table")),
    extra: extraColumns(runs, text, rng.split("extra")),
    setting: text,
    claims: hypClaims(runs, text, setting.tooSmall, rng.split("claims")),
  };
}

/** Linear probes of W, sW, sW56 and descriptors, and trees on both statistics. */
function readBaselines(
  splits: ZooSplits,
  targets: Readonly<Record<string, string>>,
  options: KeptColumnsOptions,
): Promise<KeptTable> {
  const [weights, statistics] = plainBaselines();
  const withBiases = { ...layerStatistics({ variant: "unterthiner" }), name: "sW56" };
  const onTrees = [statistics, withBiases].map((representation) => ({
    ...representation,
    name: `trees on ${representation.name}`,
    probe: "trees" as const,
  }));
  const columns = [weights, statistics, withBiases, ...onTrees, ...descriptorBaselines()];
  return keptColumns(splits, columns, targets, options);
}

function publishedColumns(runs: readonly HypZooRun[], setting: string, rng: RandomStream): ResultTable {
  const { caption, columns } = publishedTable(id);
  const own = columns.filter((column) => runs.some(({ name }) => column.startsWith(`${name}/`)));
  return columnTable(runs, { id, caption: `${caption}: ${setting}`, columns: own }, rng);
}

function extraColumns(runs: readonly HypZooRun[], setting: string, rng: RandomStream): ResultTable {
  const words =
    "HYP zoos, what the paper lacks: probe R2 (first seven) and accuracy (act, init, opt) in percent, linearly from layer statistics with biases (sW56), by gradient-boosted trees on both kinds of statistics, and linearly from weight distribution descriptors (MI-WD)";
  const columns = runs.flatMap(({ name }) =>
    ["sW56", "trees on sW", "trees on sW56", "MI-WD", "MI-WD std."].map((column) => `${name}/${column}`),
  );
  return columnTable(runs, { id: `${id}-extra`, caption: `${words}: ${setting}`, columns }, rng);
}

function columnTable(
  runs: readonly HypZooRun[],
  frame: Pick<ResultTable, "id" | "caption" | "columns">,
  rng: RandomStream,
): ResultTable {
  const { rowKey, rows } = publishedTable(id);
  return intervalTable({ ...frame, rowKey, rows }, (row, column) => {
    const [name, representation] = column.split("/");
    const { baselines, learned } = runs.find((run) => run.name === name)!;
    const { rows: targets, columns: known } = baselines;
    if (!targets.includes(row)) return undefined;
    if (representation === learned.row) {
      return seedInterval(probeScores(learned, [row]), rng.split(row, column));
    }
    return baselines.cells[targets.indexOf(row)][known.indexOf(representation)].interval;
  });
}
