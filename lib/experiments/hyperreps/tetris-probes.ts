import type { ProbeTable } from "../../analysis/probes/probe-table.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { publishedTable } from "../published.js";
import {
  runBaselines,
  type TetrisProbesOptions,
  type TetrisZoo,
  tetrisBaselines,
  tetrisTargets,
} from "./baselines.js";
import { differenceClaim } from "./difference-claims.js";
import { hyperSetting } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { type CellResult, runCells } from "./runs.js";
import { type SeedScores, seedInterval } from "./scores.js";
import { probeScores } from "./tables.js";

const source = "Table 5 (2021)";

/** One half of Table 5 in our run. */
export interface TetrisProbes {
  readonly baselines: ProbeTable;
  readonly learned: CellResult;
  /** Targets x representations, in percent. */
  readonly table: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface TetrisTableOptions extends TetrisProbesOptions {
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
}

/**
 * Table 5: what linear probes read from weights, PCA, UMAP, layer statistics and EcD.
 * @throws as trainHyperRepresentations and probeTable
 */
export async function runTetrisProbes(
  zoo: Zoo,
  which: TetrisZoo,
  given: TetrisTableOptions,
): Promise<TetrisProbes> {
  checkOptions(given, ["setting", "on", "signal", "onProgress"], "runTetrisProbes");
  const { setting, on, signal, onProgress } = interruptible(given);
  const part = inParts(onProgress, `probes of ${zoo.spec.name}`, 2);
  const targets = tetrisTargets(which);
  const cell = { row: "EcD", config: { steps: setting.steps.reference } };
  const [learned] = await runCells(zoo, [cell], {
    setting,
    targets,
    signal,
    ...(on ? { on } : {}),
    ...listener(part(0)),
  });
  const baselines = await runBaselines(zoo, which, tetrisBaselines(), {
    setting,
    signal,
    ...listener(part(1)),
  });
  const rng = RandomStream.fromSeed(0).split("hyperreps", which, "EcD");
  const { id, caption, rowKey, rows, columns, values, low, high } = baselines.table;
  const own = (row: string) => probeScores(learned, [row]);
  const table = intervalTable({ id, caption, rowKey, rows, columns: [...columns, "EcD"] }, (row, column) => {
    if (column === "EcD") return seedInterval(own(row), rng.split(row));
    const [r, c] = [rows.indexOf(row), columns.indexOf(column)];
    const [value, least, most] = [values, low, high].map((part) => part?.[r][c] ?? Number.NaN);
    return { value, low: least, high: most };
  });
  const text = hyperSetting(zoo, setting, setting.steps.reference);
  const claims = probeClaims({ which, baselines, learned, setting, text }, rng.split("claims"));
  return { baselines, learned, table, setting: text, claims };
}

function listener(onProgress: LongRunOptions["onProgress"]): LongRunOptions {
  return onProgress ? { onProgress } : {};
}

interface Judged {
  readonly which: TetrisZoo;
  readonly baselines: ProbeTable;
  readonly learned: CellResult;
  readonly setting: TetrisSetting;
  readonly text: string;
}

/** EcD at least equals layer statistics, and beats everything else, on accuracy, gap and F1 (SEED) or all targets (HYP). */
function probeClaims({ which, baselines, learned, setting, text }: Judged, rng: RandomStream): ScoreRow[] {
  const published = publishedTable(`hyperreps/${which}`);
  const isSeed = which === "tetris-seed";
  const judgedTargets = isSeed
    ? ["acc", "ggap", "f1c0", "f1c1", "f1c2", "f1c3"]
    : ["acc", "ggap", "act", "init"];
  const words = isSeed
    ? "mean of accuracy, gap and F1"
    : "mean of accuracy, gap, activation and initialisation";
  const { rows, columns } = baselines.table;
  const scoresOf = (column: string, targets: readonly string[]): SeedScores => [
    targets.map((target) => baselines.cells[rows.indexOf(target)][columns.indexOf(column)]),
  ];
  const publishedMean = (column: string, targets: readonly string[]) =>
    targets.reduce((sum, target) => sum + published.values[published.rows.indexOf(target)][published.columns.indexOf(column)]! / targets.length, 0); // biome-ignore format: one sum
  const judge = (column: string, targets: readonly string[], name: string) =>
    differenceClaim(
      {
        claim: `${zooWord(which)}: EcD minus ${column}, ${name}`,
        source,
        higher: probeScores(learned, targets),
        lower: scoresOf(column, targets),
        published: publishedMean("EcD", targets) - publishedMean(column, targets),
        setting: text,
        ...(setting.tooSmall ? { tooSmall: setting.tooSmall } : {}),
      },
      rng,
    );
  const others = columns.map((column) => judge(column, judgedTargets, words));
  const names: Record<string, string> = { acc: "accuracy", ggap: "gap", eph: "epoch" };
  return [...others, ...["acc", "ggap", "eph"].map((target) => judge("sW", [target], names[target]))];
}

function zooWord(which: TetrisZoo): string {
  return which === "tetris-seed" ? "TETRIS-SEED" : "TETRIS-HYP";
}
