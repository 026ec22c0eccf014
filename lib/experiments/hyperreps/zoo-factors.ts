import { groupVariance } from "../../analysis/group-variance.js";
import { probeTable } from "../../analysis/probes/probe-table.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { HyperLoss } from "../../representations/hyper/config.js";
import type { CurvePoint } from "../../representations/hyper/model.js";
import { permutedRows } from "../../representations/hyper/views.js";
import type { ZooRows } from "../../representations/zoo-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { plainBaselines } from "./baselines.js";
import { settingSplits, trainingSetting } from "./hyper-setting.js";
import type { ImageSetting } from "./image-presets.js";
import { initClusters } from "./init-clusters.js";
import { type CellResult, runZooCells } from "./runs.js";
import { reconstructionScores, seedInterval } from "./scores.js";
import { intervalTable, probeScores, reconstructions } from "./tables.js";
import { type FactorZoo, factorClaims } from "./zoo-factor-claims.js";

/** Targets of Table 4; the zoos of one setting have one initialiser, so `init` is no target of theirs. */
const targets = { eph: "epoch", acc: "test_accuracy", ggap: "generalization_gap" };
const groupTargets = { ...targets, init: "init" };
const losses: readonly HyperLoss[] = ["EcD", "Ec+D"];

export interface ZooFactors {
  readonly zoos: readonly FactorZoo[];
  /** Table 4, top: VAR, VARc as they are, Rtr, Rtes in percent. */
  readonly variance: ResultTable;
  /** Table 4, bottom, in percent. */
  readonly probes: ResultTable;
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

export interface ZooFactorsOptions extends LongRunOptions {
  readonly setting: ImageSetting;
  readonly onPoint?: (name: string, point: CurvePoint) => void;
}

/**
 * Table 4: what generates a zoo's structure. Weights' variance, reconstruction and probes of zoos that vary seeds,
 * hyper-parameters, or both.
 * @param zoos by published name
 * @throws as trainHyperRepresentations and probeTable
 */
export async function runZooFactors(
  zoos: Readonly<Record<string, Zoo>>,
  given: ZooFactorsOptions,
): Promise<ZooFactors> {
  checkOptions(given, ["setting", "onPoint", "signal", "onProgress"], "runZooFactors");
  const { setting, onPoint, signal, onProgress } = interruptible(given);
  const names = Object.keys(zoos);
  const part = inParts(onProgress, "generating factors", 1 + names.length);
  const listen = (index: number) => {
    const own = part(index);
    return own ? { onProgress: own } : {};
  };
  const specs = losses.map((loss) => ({ row: loss, config: { loss, steps: setting.steps } }));
  const parts = names.map((name) => ({ zoo: zoos[name], cells: specs, targets: targetsOf(zoos[name]) }));
  const learned = await runZooCells(parts, {
    setting,
    signal,
    ...(onPoint ? { onPoint } : {}),
    ...listen(0),
  });
  const rng = RandomStream.fromSeed(0).split("hyperreps/zoo-factors");
  const results: FactorZoo[] = [];
  for (const [z, name] of names.entries()) {
    const splits = settingSplits(zoos[name], setting);
    const options = { rng: rng.split(name), signal, ...listen(1 + z) };
    const baselines = await probeTable(splits, plainBaselines(), targetsOf(zoos[name]), options);
    const clusters = await initClusters(splits.test, rng.split(name, "clusters"), { signal });
    results.push({
      name,
      zoo: zoos[name],
      baselines,
      cells: learned[z],
      ...(clusters ? { clusters } : {}),
    });
  }
  const text = `${names.length} zoos of at most ${Math.max(...results.map(({ zoo }) => zoo.models))} models; ${trainingSetting(setting, setting.steps)}`;
  return {
    zoos: results,
    variance: await varianceTable(results, setting, rng.split("variance"), { signal }),
    probes: factorTable(results, rng.split("table")),
    setting: text,
    claims: factorClaims(results, text, setting.tooSmall, rng.split("claims")),
  };
}

function targetsOf({ facts }: Zoo): Readonly<Record<string, string>> {
  return new Set(facts.init).size > 1 ? groupTargets : targets;
}

/** VAR and VARc over all checkpoints; reconstruction of Ec+D on permuted training and test rows. */
async function varianceTable(
  zoos: readonly FactorZoo[],
  setting: ImageSetting,
  rng: RandomStream,
  options: LongRunOptions,
): Promise<ResultTable> {
  const { id, caption, rowKey, rows } = publishedTable("hyperreps/zoo-variance");
  const columns = await Promise.all(
    zoos.map(async ({ name, zoo, cells }) => {
      const { facts, weights } = zoo.select(() => true);
      const groups = facts.init.map((init, i) => `${init}, ${facts.activation[i]}`);
      const { overall, within } = groupVariance(weights, groups);
      const reference = cells.find(({ row }) => row === "Ec+D")!;
      const { train } = settingSplits(zoo, setting);
      const seen = await trainingScores(reference, train, rng.split(name, "permuted"), options);
      return [
        exact(overall),
        exact(within),
        seedInterval(seen, rng.split(name, "train")),
        seedInterval(reconstructions(reference)!, rng.split(name, "test")),
      ];
    }),
  );
  const frame = { id, caption, rowKey, rows, columns: zoos.map(({ name }) => name) };
  return intervalTable(frame, (row, column) => columns[frame.columns.indexOf(column)][rows.indexOf(row)]);
}

function exact(value: number) {
  return { value, low: Number.NaN, high: Number.NaN };
}

async function trainingScores(
  { runs }: CellResult,
  train: ZooRows,
  rng: RandomStream,
  options: LongRunOptions,
) {
  const weights = permutedRows(train, rng);
  const scores = [];
  for (const { representation } of runs) {
    const found = await representation.reconstruct({ ...train, weights }, options);
    scores.push([reconstructionScores(train.facts.model, weights, found)]);
  }
  return scores;
}

/** In the shape of Table 4: of the two losses each zoo's column shows the one that the paper shows. */
function factorTable(zoos: readonly FactorZoo[], rng: RandomStream): ResultTable {
  const { id, caption, rowKey, rows, columns } = publishedTable("hyperreps/zoo-factors");
  const own = columns.filter((column) => zoos.some(({ name }) => column.startsWith(`${name}/`)));
  return intervalTable({ id, caption, rowKey, rows, columns: own }, (row, column) => {
    const [name, representation] = column.split("/");
    const { baselines, cells } = zoos.find((zoo) => zoo.name === name)!;
    const cell = cells.find((candidate) => candidate.row === representation);
    if (cell) {
      const scores = probeScores(cell, [row]);
      return scores[0].length > 0 ? seedInterval(scores, rng.split(row, column)) : undefined;
    }
    const { table } = baselines;
    return baselines.cells[table.rows.indexOf(row)]?.[table.columns.indexOf(representation)]?.interval;
  });
}
