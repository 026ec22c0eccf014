import { type ProbeTable, type ProbeTableOptions, probeTable } from "../../analysis/probes/probe-table.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { zooSetting } from "../setting.js";
import { plainBaselines } from "./baselines.js";
import { differenceClaim } from "./difference-claims.js";
import { settingSplits, trainingSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";
import { readableTargets } from "./readable-targets.js";
import { type CellResult, runZooCells } from "./runs.js";
import { type SeedScores, seedInterval } from "./scores.js";
import { intervalTable, probeScores } from "./tables.js";

const id = "hyperreps/hyp-zoos";
const source = "Table 6 (2021)";

/** Targets of Table 6, columns of the facts by published name. */
export const hypZooTargets: Readonly<Record<string, string>> = {
  eph: "epoch",
  acc: "test_accuracy",
  ggap: "generalization_gap",
  lr: "learning_rate",
  l2: "weight_decay",
  drop: "dropout",
  tf: "train_fraction",
  act: "activation",
  init: "init",
  opt: "optimizer",
};

/** One of the four zoos in our run. */
export interface HypZooRun {
  /** Published name, e.g. "MNIST-HYP". */
  readonly name: string;
  readonly zoo: Zoo;
  /** W, sW, and what the paper lacks: sW56 (with biases), trees on both. */
  readonly baselines: ProbeTable;
  readonly learned: CellResult;
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
}

/**
 * Table 6: what probes read from weights, layer statistics and EcD on the zoos that vary seven hyper-parameters; beside
 * it statistics with biases, and gradient-boosted trees on both in the linear probes' place.
 * @param zoos by published name
 * @throws as trainHyperRepresentations and probeTable
 */
export async function runHypZoos(
  zoos: Readonly<Record<string, Zoo>>,
  given: HypZoosOptions,
): Promise<HypZoosRun> {
  checkOptions(given, ["setting", "onPoint", "signal", "onProgress"], "runHypZoos");
  const { setting, onPoint, signal, onProgress } = interruptible(given);
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
    { setting, signal, ...(onPoint ? { onPoint } : {}), ...listen(0) },
  );
  const rng = RandomStream.fromSeed(0).split(id);
  const runs: HypZooRun[] = [];
  for (const [z, name] of names.entries()) {
    const splits = settingSplits(zoos[name], setting);
    const baselines = await readBaselines(splits, targets[z], {
      rng: rng.split(name),
      signal,
      ...listen(1 + z),
    });
    runs.push({ name, zoo: zoos[name], baselines, learned: learned[z][0] });
  }
  const text = `${runs.map(({ zoo }) => zooSetting(zoo)).join("; ")}; ${trainingSetting(setting, setting.steps)}`;
  const published = publishedTable(id);
  const own = published.columns.filter((column) => names.includes(column.split("/")[0]));
  const others = names.flatMap((name) => extraColumns.map((column) => `${name}/${column}`));
  return {
    zoos: runs,
    table: columnTable(runs, published, own, rng.split("table")),
    extra: columnTable(runs, published, others, rng.split("extra")),
    setting: text,
    claims: hypClaims(runs, text, setting.tooSmall, rng.split("claims")),
  };
}

const extraColumns = ["sW56", "trees on sW", "trees on sW56"];

/** Linear probes of W, sW and sW56, and trees on both statistics. */
function readBaselines(
  splits: ZooSplits,
  targets: Readonly<Record<string, string>>,
  options: ProbeTableOptions,
): Promise<ProbeTable> {
  const [weights, statistics] = plainBaselines();
  const withBiases = { ...layerStatistics({ variant: "unterthiner" }), name: "sW56" };
  const onTrees = [statistics, withBiases].map((representation) => ({
    ...representation,
    name: `trees on ${representation.name}`,
    probe: "trees" as const,
  }));
  return probeTable(splits, [weights, statistics, withBiases, ...onTrees], targets, options);
}

function columnTable(
  runs: readonly HypZooRun[],
  { caption, rowKey, rows }: ResultTable,
  columns: readonly string[],
  rng: RandomStream,
): ResultTable {
  return intervalTable({ id, caption, rowKey, rows, columns }, (row, column) => {
    const [name, representation] = column.split("/");
    const { baselines, learned } = runs.find((run) => run.name === name)!;
    const { rows: targets, columns: known } = baselines.table;
    if (!targets.includes(row)) return undefined;
    if (representation === learned.row) {
      return seedInterval(probeScores(learned, [row]), rng.split(row, column));
    }
    return baselines.cells[targets.indexOf(row)][known.indexOf(representation)].interval;
  });
}

/** E beats weights and statistics on accuracy in each zoo, and on all targets but initialiser and optimiser. */
function hypClaims(
  runs: readonly HypZooRun[],
  setting: string,
  tooSmall: string | undefined,
  rng: RandomStream,
): ScoreRow[] {
  const published = publishedTable(id);
  const numbers = ["eph", "acc", "ggap", "lr", "l2", "drop", "tf", "act"];
  return runs.flatMap(({ name, baselines, learned }) => {
    const { rows, columns } = baselines.table;
    const scoresOf = (column: string, targets: readonly string[]): SeedScores =>
      column === "EcD"
        ? probeScores(learned, targets)
        : [targets.map((target) => baselines.cells[rows.indexOf(target)][columns.indexOf(column)])];
    const meanOf = (column: string, targets: readonly string[]) => {
      const place = published.columns.indexOf(`${name}/${column}`);
      const of = (target: string) => published.values[published.rows.indexOf(target)][place]!;
      return targets.reduce((sum, target) => sum + of(target) / targets.length, 0);
    };
    const judge = (above: string, below: string, wanted: readonly string[], words: string) => {
      const targets = wanted.filter((target) => rows.includes(target));
      return differenceClaim(
        {
          claim: `${name}: ${above} minus ${below}, ${words}`,
          source,
          higher: scoresOf(above, targets),
          lower: scoresOf(below, targets),
          published: meanOf(above, targets) - meanOf(below, targets),
          setting,
          ...(tooSmall ? { tooSmall } : {}),
        },
        rng,
      );
    };
    return [
      judge("EcD", "W", ["acc"], "accuracy"),
      judge("EcD", "sW", ["acc"], "accuracy"),
      judge("EcD", "W", numbers, "mean of all but initialiser and optimiser"),
      judge("EcD", "sW", Object.keys(hypZooTargets), "mean of all targets"),
      judge("W", "EcD", ["init", "opt"], "initialiser and optimiser"),
    ];
  });
}
