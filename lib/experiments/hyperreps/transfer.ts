import {
  type TransferCell,
  type TransferOptions,
  type TransferRepresentation,
  transferScores,
} from "../../analysis/probes/transfer.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { SlurmTarget } from "../../core/slurm/target.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import type { Representation } from "../../representations/types.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { zooSetting } from "../setting.js";
import { descriptorBaselines, plainBaselines } from "./baselines.js";
import { settingSplits, trainingSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";
import { readableTargets } from "./readable-targets.js";
import { transferClaims } from "./transfer-claims.js";
import { publishedColumns, type TransferTarget, transferTable, transferTargets } from "./transfer-tables.js";
import {
  checkTransferMemory,
  jointName,
  type TransferTrainings,
  transferTrainings,
  usualBytes,
} from "./transfer-trainings.js";

export type { TransferTarget } from "./transfer-tables.js";

export interface TransferRun {
  readonly cells: readonly TransferCell[];
  /** In the shape of Table 7: fitted on x applied to / representation, tau. */
  readonly tables: Readonly<Record<TransferTarget, ResultTable>>;
  /**
   * The same rows; representations that the paper lacks. One of them, "joint Ec+D", has seen the training weights (never
   * the facts) of every zoo: to it none of them is out of distribution.
   */
  readonly extra: Readonly<Record<TransferTarget, ResultTable>>;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface TransferRunOptions extends LongRunOptions {
  readonly setting: ImageSetting;
  readonly onPoint?: (name: string, point: CurvePoint) => void;
  /** Trains on a cluster; see trainHyperRepresentations. */
  readonly on?: SlurmTarget;
  /** Most bytes of weights to hold at a time. Default 3e9; the four zoos of `paper` are 40e9 when they are taken whole. */
  readonly maxBytes?: number;
}

/**
 * Table 7 and its appendix: estimators fitted on one zoo rank the checkpoints of every zoo. Beside the paper's
 * representations: statistics with biases, trees on statistics, weight distribution descriptors, EcD, and one Ec+D
 * trained on all zoos together, which the paper expects to carry further. Of a target that some zoos do not let a probe read, their cells are missing.
 * @param zoos by published name
 * @throws SpecError "transfer/memory", before it begins; as trainHyperRepresentations and transferScores
 */
export async function runTransfer(
  zoos: Readonly<Record<string, Zoo>>,
  given: TransferRunOptions,
): Promise<TransferRun> {
  checkOptions(given, ["setting", "onPoint", "on", "maxBytes", "signal", "onProgress"], "runTransfer");
  const { setting, onPoint, on, maxBytes = usualBytes, signal, onProgress } = interruptible(given);
  checkTransferMemory(zoos, setting, maxBytes);
  const names = Object.keys(zoos);
  const part = inParts(onProgress, "transfer between zoos", 3);
  const listen = (index: number): LongRunOptions => {
    const own = part(index);
    return { signal, ...(own ? { onProgress: own } : {}) };
  };
  const splits = Object.fromEntries(names.map((name) => [name, settingSplits(zoos[name], setting)]));
  const groups = readableGroups(splits);
  const trained = await transferTrainings(splits, {
    setting,
    ...(onPoint ? { onPoint } : {}),
    ...(on ? { on } : {}),
    ...listen(0),
  });
  const representations = transferRepresentations(trained);
  const rng = RandomStream.fromSeed(0).split("hyperreps/ood");
  const scores = { rng: rng.split("scores"), ...listen(1) };
  const cells = await cellsOf(groups, representations, scores);
  const text = `${names.map((name) => zooSetting(zoos[name])).join("; ")}; ${trainingSetting(setting, setting.steps)}`;
  const others = representations.map(({ name }) => name).filter((name) => !publishedColumns.includes(name));
  const tablesOf = (columns: readonly string[]) => {
    const table = (target: TransferTarget) =>
      transferTable(cells, { zoos: names, target, representations: columns, setting: text });
    return { ggap: table("ggap"), acc: table("acc"), eph: table("eph") };
  };
  const claims = await transferClaims(cells, {
    zoos: names,
    setting: text,
    ...(setting.tooSmall ? { tooSmall: setting.tooSmall } : {}),
    rng: rng.split("claims"),
    ...listen(2),
  });
  return { cells, tables: tablesOf(publishedColumns), extra: tablesOf(others), setting: text, claims };
}

/** Zoos that let probes read the same targets. */
interface ReadableGroup {
  readonly splits: Readonly<Record<string, ZooSplits>>;
  readonly targets: Readonly<Record<string, string>>;
}

/** Each target with the zoos that let a probe read it; targets of the same zoos together. */
function readableGroups(splits: Readonly<Record<string, ZooSplits>>): ReadableGroup[] {
  const readable = Object.entries(splits).map(
    ([name, own]) => [name, own, readableTargets(own, transferTargets)] as const,
  );
  const groups = new Map<string, ReadableGroup>();
  for (const [target, column] of Object.entries(transferTargets)) {
    const own = readable.filter(([, , targets]) => target in targets);
    const key = own.map(([name]) => name).join("/");
    const members = Object.fromEntries(own.map(([name, rows]) => [name, rows]));
    const targets = { ...groups.get(key)?.targets, [target]: column };
    if (own.length > 0) groups.set(key, { splits: members, targets });
  }
  return [...groups.values()];
}

async function cellsOf(
  groups: readonly ReadableGroup[],
  representations: readonly TransferRepresentation[],
  { onProgress, ...options }: TransferOptions,
): Promise<TransferCell[]> {
  const part = inParts(onProgress, "transfer of probes", groups.length);
  const cells: TransferCell[] = [];
  for (const [index, { splits, targets }] of groups.entries()) {
    const own = part(index);
    const listening = { ...options, ...(own ? { onProgress: own } : {}) };
    cells.push(...(await transferScores(splits, representations, targets, listening)));
  }
  return cells;
}

/** Those of Table 7, then those that it lacks. */
function transferRepresentations({
  single,
  contrastive,
  joint,
}: TransferTrainings): TransferRepresentation[] {
  const [weights, statistics] = plainBaselines();
  const withBiases = { ...layerStatistics({ variant: "unterthiner" }), name: "sW56" };
  return [
    plain(weights),
    plain(statistics),
    { name: "Ec+D", fit: async (zoo) => single[zoo] },
    plain(withBiases),
    { ...plain({ ...statistics, name: "trees on sW" }), probe: "trees" },
    { ...plain({ ...withBiases, name: "trees on sW56" }), probe: "trees" },
    ...descriptorBaselines().map(plain),
    { name: "EcD", fit: async (zoo) => contrastive[zoo] },
    { name: jointName, fit: async () => joint },
  ];
}

function plain(representation: Representation): TransferRepresentation {
  return {
    name: representation.name,
    fit: (_zoo, { train, validation }, { rng, signal }) =>
      representation.fit(train, { rng, validation, signal }),
  };
}
