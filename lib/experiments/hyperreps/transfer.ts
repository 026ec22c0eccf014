import {
  type TransferCell,
  type TransferRepresentation,
  transferScores,
} from "../../analysis/probes/transfer.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { matrix } from "../../core/matrix.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { type HyperTraining, trainHyperRepresentations } from "../../representations/hyper/train-many.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import type { Representation, WeightRows } from "../../representations/types.js";
import type { ZooRows, ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { zooSetting } from "../setting.js";
import { plainBaselines } from "./baselines.js";
import { settingSplits, trainingSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";
import { intervalTable } from "./tables.js";
import { transferClaims } from "./transfer-claims.js";

/** Targets that are ranked: Table 7's, and the two of the appendix that the paper does not print. */
const targets = { ggap: "generalization_gap", acc: "test_accuracy", eph: "epoch" };

export type TransferTarget = keyof typeof targets;

export interface TransferRun {
  readonly cells: readonly TransferCell[];
  /** In the shape of Table 7: fitted on x applied to / representation, tau. */
  readonly tables: Readonly<Record<TransferTarget, ResultTable>>;
  /** The same rows; representations that the paper lacks. */
  readonly extra: Readonly<Record<TransferTarget, ResultTable>>;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface TransferRunOptions extends LongRunOptions {
  readonly setting: ImageSetting;
  readonly onPoint?: (name: string, point: CurvePoint) => void;
}

/** The one representation that was trained on all zoos together. */
const joint = "joint Ec+D";

/**
 * Table 7 and its appendix: estimators fitted on one zoo rank the checkpoints of every zoo. Beside the paper's
 * representations: statistics with biases, trees on statistics, and one Ec+D trained on all zoos together, which the
 * paper expects to carry further.
 * @param zoos by published name
 * @throws as trainHyperRepresentations and transferScores
 */
export async function runTransfer(
  zoos: Readonly<Record<string, Zoo>>,
  given: TransferRunOptions,
): Promise<TransferRun> {
  checkOptions(given, ["setting", "onPoint", "signal", "onProgress"], "runTransfer");
  const { setting, onPoint, signal, onProgress } = interruptible(given);
  const names = Object.keys(zoos);
  const part = inParts(onProgress, "transfer between zoos", 2);
  const splits = Object.fromEntries(names.map((name) => [name, settingSplits(zoos[name], setting)]));
  const trainings = transferTrainings(splits, setting);
  const onTraining = part(0);
  const trained = await trainHyperRepresentations(trainings, {
    signal,
    ...(onPoint ? { onPoint: ({ name }, point) => onPoint(name, point) } : {}),
    ...(onTraining ? { onProgress: onTraining } : {}),
  });
  const learned = (name: string) => trained[trainings.findIndex((training) => training.name === name)];
  const [weights, statistics] = plainBaselines();
  const withBiases = { ...layerStatistics({ variant: "unterthiner" }), name: "sW56" };
  const representations: TransferRepresentation[] = [
    plain(weights),
    plain(statistics),
    { name: "Ec+D", fit: async (zoo) => learned(zoo) },
    plain(withBiases),
    { ...plain({ ...statistics, name: "trees on sW" }), probe: "trees" },
    { ...plain({ ...withBiases, name: "trees on sW56" }), probe: "trees" },
    { name: joint, fit: async () => learned(joint) },
  ];
  const rng = RandomStream.fromSeed(0).split("hyperreps/ood");
  const onScores = part(1);
  const cells = await transferScores(splits, representations, targets, {
    rng: rng.split("scores"),
    signal,
    ...(onScores ? { onProgress: onScores } : {}),
  });
  const text = `${names.map((name) => zooSetting(zoos[name])).join("; ")}; ${trainingSetting(setting, setting.steps)}`;
  const published = ["W", "sW", "Ec+D"];
  const others = representations.map(({ name }) => name).filter((name) => !published.includes(name));
  const tablesOf = (columns: readonly string[]) => ({
    ggap: tauTable(cells, "ggap", names, columns),
    acc: tauTable(cells, "acc", names, columns),
    eph: tauTable(cells, "eph", names, columns),
  });
  return {
    cells,
    tables: tablesOf(published),
    extra: tablesOf(others),
    setting: text,
    claims: transferClaims(cells, names, text, setting.tooSmall, rng.split("claims")),
  };
}

/** Ec+D on each zoo, and on all of them together. */
function transferTrainings(
  splits: Readonly<Record<string, ZooSplits>>,
  setting: ImageSetting,
): HyperTraining[] {
  const config = { ...setting.config, loss: "Ec+D", steps: setting.steps } as const;
  const all = Object.values(splits);
  const single = Object.entries(splits).map(([name, { train, validation }]) => ({
    name,
    config,
    seed: 1,
    train,
    validation,
  }));
  const together = {
    name: joint,
    config,
    seed: 1,
    train: stackedRows(all.map(({ train }) => train)),
    validation: stackedRows(all.map(({ validation }) => validation)),
  };
  return [...single, together];
}

/** Rows of several zoos below each other; their networks differ in nothing that permutations see. */
function stackedRows(parts: readonly ZooRows[]): WeightRows {
  const [{ layout, network }] = parts;
  const rows = parts.reduce((sum, { weights }) => sum + weights.rows, 0);
  const weights = matrix(rows, layout.parameters);
  let from = 0;
  for (const part of parts) {
    weights.data.set(part.weights.data, from);
    from += part.weights.data.length;
  }
  return { weights, layout, ...(network ? { network } : {}) };
}

function plain(representation: Representation): TransferRepresentation {
  return {
    name: representation.name,
    fit: (_zoo, { train, validation }, { rng, signal }) =>
      representation.fit(train, { rng, validation, signal }),
  };
}

function tauTable(
  cells: readonly TransferCell[],
  target: TransferTarget,
  names: readonly string[],
  representations: readonly string[],
): ResultTable {
  const { caption, rowKey, rows } = publishedTable("hyperreps/ood-ggap");
  const own = rows.filter((row) => names.includes(row));
  const columns = own.flatMap((zoo) => representations.map((name) => `${zoo}/${name}`));
  const words = { ggap: "generalisation gap", acc: "test accuracy", eph: "epoch" }[target];
  const frame = {
    id: `hyperreps/ood-${target}`,
    caption: target === "ggap" ? caption : caption.replace("generalisation gap", words),
    rowKey,
    rows: own,
    columns,
  };
  return intervalTable(frame, (row, column) => {
    const [zoo, name] = column.split("/");
    const found = (cell: TransferCell) =>
      cell.target === target && cell.fittedOn === row && cell.zoo === zoo && cell.representation === name;
    return cells.find(found)?.interval;
  });
}
