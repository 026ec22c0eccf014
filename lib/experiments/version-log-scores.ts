import {
  mergeHeightOrders,
  type OrderScores,
  ordersOf,
  scoreOrders,
  singleLinkage,
  versionLog,
} from "../analysis/index.js";
import { checkOptions, SpecError } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { takeRows } from "../core/matrix.js";
import { bootstrapInterval } from "../core/numeric/bootstrap.js";
import { Pacer } from "../core/numeric/pacer.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import type { ResultTable } from "../core/tables.js";
import type { Zoo } from "../zoo/store/zoo.js";
import { zooSetting } from "./setting.js";

export interface VersionLogScoresOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Runs of a draw, 3 by default. */
  readonly runs?: number;
  /** Checkpoints of each run, 20 by default. */
  readonly checkpoints?: number;
  /** Draws for each distance of checkpoints, 200 by default. */
  readonly draws?: number;
  /** Every how many epochs a checkpoint is taken, one pair of rows each: [1, 2] by default. */
  readonly every?: readonly number[];
  /**
   * Models to draw from. By default the second half of the zoo's: how far each sign of direction is believed was fitted
   * on the first halves of such zoos.
   */
  readonly models?: readonly number[];
}

/** The version log of a zoo's shuffled checkpoints, scored against the truth. */
export interface VersionLogScores {
  /** Rows: the papers' merge heights and the version log for each `every`; columns: `OrderScores`. */
  readonly table: ResultTable;
  /** Scores of every draw by row of the table. */
  readonly draws: Readonly<Record<string, readonly OrderScores[]>>;
  readonly setting: string;
}

const columns = ["groupsExact", "orderedFraction", "tau", "forwards"] as const;

/**
 * How well the version log finds runs and order among checkpoints without names, beside the merge heights of single
 * linkage (Schuerholt and Borth 2020, 2021). A draw takes some models, of each a window of checkpoints after a random
 * start, and shuffles them. Merge heights are told how many runs there are, the log is not. Intervals are 95 percent
 * bootstrap intervals over draws.
 * @throws SpecError when the zoo has too few models or epochs for the draws; InterruptedError
 */
export async function runVersionLog(zoo: Zoo, given: VersionLogScoresOptions): Promise<VersionLogScores> {
  checkOptions(
    given,
    ["rng", "runs", "checkpoints", "draws", "every", "models", "signal", "onProgress"],
    "runVersionLog",
  );
  const options = interruptible(given);
  const { rng, runs = 3, checkpoints = 20, draws = 200, every = [1, 2] } = options;
  const rows = rowsByModel(zoo, options.models ?? secondHalf(zoo.models));
  for (const stride of every) checkDraws(zoo, rows, runs, (checkpoints - 1) * stride + 1);
  const pacer = new Pacer(`version logs of ${zoo.spec.name}`, draws * every.length, "draws", options);
  const found: Record<string, OrderScores[]> = {};
  for (const stride of every) {
    const when = stride === 1 ? "every checkpoint" : `every ${stride} epochs`;
    const [heights, log]: OrderScores[][] = [[], []];
    for (let draw = 0; draw < draws; draw++) {
      const chosen = drawRows(rows, { runs, checkpoints, stride }, rng.split(stride, draw));
      const truth = {
        run: Int32Array.from(chosen, (row) => zoo.facts.model[row]),
        epoch: Int32Array.from(chosen, (row) => zoo.facts.epoch[row]),
      };
      const points = takeRows(zoo.weights, chosen);
      const { signal } = options;
      heights.push(scoreOrders(mergeHeightOrders(await singleLinkage(points, { signal }), runs), truth));
      log.push(scoreOrders(ordersOf(await versionLog(points, { signal })), truth));
      await pacer.add(1);
    }
    found[`${when}, merge heights`] = heights;
    found[`${when}, version log`] = log;
  }
  const table = tableOf(zoo, found, `${draws} draws of ${runs} runs x ${checkpoints} checkpoints`, rng);
  return { table, draws: found, setting: zooSetting(zoo) };
}

function tableOf(
  zoo: Zoo,
  found: Readonly<Record<string, readonly OrderScores[]>>,
  drawn: string,
  rng: RandomStream,
): ResultTable {
  const cells = Object.entries(found).map(([name, scores]) =>
    columns.map((column) => {
      const values = scores.map((score) => score[column]);
      return bootstrapInterval(values, meanOf, { rng: rng.split("interval", name, column) });
    }),
  );
  const part = (of: "value" | "low" | "high") => cells.map((row) => row.map((cell) => cell[of]));
  return {
    id: `version-log/${zoo.spec.name}`,
    caption: `${zoo.spec.name}: runs and order of shuffled checkpoints, ${drawn}`,
    rowKey: "order by",
    rows: Object.keys(found),
    columns: [...columns],
    values: part("value"),
    low: part("low"),
    high: part("high"),
  };
}

function secondHalf(models: number): number[] {
  const from = Math.floor(models / 2);
  return Array.from({ length: models - from }, (_, i) => from + i);
}

/** Rows of each wanted model that did not diverge, by epoch. */
function rowsByModel({ facts }: Zoo, models: readonly number[]): number[][] {
  const rows = new Map<number, number[]>(models.map((model) => [model, []]));
  const diverged = new Set<number>();
  for (let row = 0; row < facts.model.length; row++) {
    rows.get(facts.model[row])?.push(row);
    if (facts.diverged[row]) diverged.add(facts.model[row]);
  }
  return [...rows]
    .filter(([model]) => !diverged.has(model))
    .map(([, own]) => own.sort((a, b) => facts.epoch[a] - facts.epoch[b]));
}

function checkDraws(zoo: Zoo, rows: readonly number[][], runs: number, span: number): void {
  const enough = rows.filter((own) => own.length >= span).length;
  if (enough >= runs && enough === rows.length) return;
  throw new SpecError(
    "version-log/draws",
    `${zoo.spec.name} has ${enough} of ${rows.length} models with ${span} checkpoints, and a draw takes ${runs}; ask for fewer`,
    { value: span },
  );
}

/** Rows of some models' windows, shuffled. */
function drawRows(
  rows: readonly number[][],
  { runs, checkpoints, stride }: { runs: number; checkpoints: number; stride: number },
  rng: RandomStream,
): Int32Array {
  const models = Array.from(rng.split("models").permutation(rows.length)).slice(0, runs);
  const chosen = models.flatMap((model) => {
    const own = rows[model];
    const start = rng.integer(own.length - (checkpoints - 1) * stride);
    return Array.from({ length: checkpoints }, (_, i) => own[start + i * stride]);
  });
  return Int32Array.from(rng.split("shuffle").permutation(chosen.length), (place) => chosen[place]);
}
