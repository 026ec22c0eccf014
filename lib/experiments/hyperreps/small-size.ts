import { probeTable } from "../../analysis/probes/probe-table.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { claimRow } from "../claims.js";
import { intervalTable } from "../interval-table.js";
import { zooSetting } from "../setting.js";
import { plainBaselines } from "./baselines.js";
import { differenceClaim } from "./difference-claims.js";
import { settingSplits } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { runCells } from "./runs.js";
import { type SeedScores, seedInterval } from "./scores.js";
import { probeScores, reconstructions, seedTargets } from "./tables.js";

/** Models and checkpoints a model that train and validate. */
const size = { models: 300, checkpoints: 15 };

/** EcD trained on a part of the zoo, beside the baselines. */
export interface SmallSize {
  /** Targets x (W, sW, EcD), in percent; the first row is the reconstruction. */
  readonly table: ResultTable;
  /** Seconds of one core that each training took. */
  readonly seconds: readonly number[];
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface SmallSizeOptions extends LongRunOptions {
  readonly setting: TetrisSetting;
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
}

/**
 * The smallest size at which EcD (AttN+t, permutation and erasing) shows what it can: 300 models x 15 checkpoints, a few
 * minutes of one core. All test models are scored.
 * @throws as trainHyperRepresentations
 */
export async function runSmallSize(zoo: Zoo, given: SmallSizeOptions): Promise<SmallSize> {
  checkOptions(given, ["setting", "on", "signal", "onProgress"], "runSmallSize");
  const { setting: whole, on, signal, onProgress } = interruptible(given);
  const checkpoints = Math.min(size.checkpoints, zoo.epochs.length);
  const setting = { ...whole, rows: { models: size.models, checkpoints }, testRows: { checkpoints } };
  const cell = { row: "EcD", config: { steps: setting.steps.reference } };
  const options = {
    setting,
    targets: seedTargets,
    signal,
    ...(on ? { on } : {}),
    ...(onProgress ? { onProgress } : {}),
  };
  const [learned] = await runCells(zoo, [cell], options);
  const rng = RandomStream.fromSeed(0).split("hyperreps/small-size");
  const plain = await probeTable(settingSplits(zoo, setting), plainBaselines(), seedTargets, { rng, signal });
  const rec = reconstructions(learned)!;
  const rows = ["rec", ...plain.table.rows];
  const caption = `${zoo.spec.name}, at most ${size.models} models x ${checkpoints} checkpoints: test reconstruction and probe R2 in percent`;
  const scoresOf = (row: string, column: string): SeedScores | undefined => {
    if (column === "EcD") return row === "rec" ? rec : probeScores(learned, [row]);
    const [r, c] = [plain.table.rows.indexOf(row), plain.table.columns.indexOf(column)];
    return r < 0 ? undefined : [[plain.cells[r][c]]];
  };
  const frame = { id: "hyperreps/small-size", caption, rowKey: "target", rows, columns: ["W", "sW", "EcD"] };
  const table = intervalTable(frame, (row, column) => {
    const scores = scoresOf(row, column);
    return scores && seedInterval(scores, rng.split(row, column));
  });
  const text = `${zooSetting(zoo)}; ${size.models} models x ${checkpoints} checkpoints, ${setting.steps.reference} steps`;
  const judged = { setting: text, ...(setting.tooSmall ? { tooSmall: setting.tooSmall } : {}) };
  const source = "this notebook";
  const difference = (target: string, words: string) =>
    differenceClaim(
      {
        claim: `300 x 15: EcD minus layer statistics, ${words}`,
        source,
        higher: probeScores(learned, [target]),
        lower: scoresOf(target, "sW")!,
        ...judged,
      },
      rng.split("claims"),
    );
  const reconstruction = claimRow({
    claim: `300 x 15: EcD reconstructs${setting.tooSmall ? `; ${setting.tooSmall}` : ""}`,
    source,
    interval: seedInterval(rec, rng.split("claims", "rec")),
    inequality: { relation: ">=", bound: 80 },
    setting: text,
    ...(setting.tooSmall ? { verdict: "undecided" as const } : {}),
  });
  const seconds = learned.runs.map(
    ({ representation }) => representation.model.curve.at(-1)?.seconds ?? Number.NaN,
  );
  return { table, seconds, setting: text, claims: [reconstruction, difference("acc", "accuracy")] };
}
