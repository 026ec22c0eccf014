import { type ProbeColumn, probeTable } from "../../analysis/probes/probe-table.js";
import { tauInterval } from "../../analysis/probes/rank-scores.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import { zooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { zooSetting } from "../setting.js";
import { plainBaselines } from "./baselines.js";
import { readableTargets } from "./readable-targets.js";

/** How well final checkpoints tell their test accuracy. */
export interface FinalAccuracy {
  /**
   * Representations x (tau, R2 in percent), with 95 percent intervals over the test split's models; empty where all
   * models of a split end with the same accuracy.
   */
  readonly table: ResultTable;
}

/**
 * Test accuracy read from final checkpoints alone, as later work on weight spaces has it (Unterthiner et al. 2020; Zhou et
 * al. 2023): ridge regression on weights and statistics, boosted trees on statistics; Kendall's tau-b and R2.
 * @throws as probeTable
 */
export async function finalAccuracy(zoo: Zoo, given: LongRunOptions = {}): Promise<FinalAccuracy> {
  checkOptions(given, ["signal", "onProgress"], "finalAccuracy");
  const options = interruptible(given);
  const [weights, statistics] = plainBaselines();
  const withBiases = { ...layerStatistics({ variant: "unterthiner" }), name: "sW56" };
  const trees = (of: ProbeColumn): ProbeColumn => ({ ...of, name: `trees on ${of.name}`, probe: "trees" });
  const columns = [weights, statistics, withBiases, trees(statistics), trees(withBiases)];
  const rng = RandomStream.fromSeed(0).split("hyperreps/final-accuracy");
  const splits = zooSplits(zoo, { checkpoints: 1 });
  // A handful of models may all end with the same accuracy: then there is nothing to read.
  const targets = readableTargets(splits, { acc: "test_accuracy" });
  const probed = targets.acc ? await probeTable(splits, columns, targets, { ...options, rng }) : undefined;
  const { model } = splits.test.facts;
  const frame = {
    id: "hyperreps/final-accuracy",
    caption: `${zoo.spec.name} (${zooSetting(zoo)}), final checkpoints of ${splits.test.weights.rows} test models: Kendall's tau-b of the predicted test accuracy, R2 in percent`,
    rowKey: "representation",
    rows: columns.map(({ name }) => name),
    columns: ["tau", "R2"],
  };
  const table = intervalTable(frame, (row, column) => {
    const cell = probed?.cells[0][frame.rows.indexOf(row)];
    if (!cell) return undefined;
    if (column === "R2") return cell.interval;
    const truth = cell.truth as ArrayLike<number>;
    const predictions = cell.predictions as ArrayLike<number>;
    return tauInterval({ model, truth, predictions }, { rng: rng.split(row), rounds: 1000 });
  });
  return { table };
}
