import { type VersionLog, versionLog } from "../../analysis/version-log/index.js";
import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Matrix } from "../../core/matrix.js";
import { bootstrapInterval } from "../../core/numeric/bootstrap.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { zooSetting } from "../setting.js";

export interface ForkScoresOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Draws of each kind; 50 by default. */
  readonly draws?: number;
  /** Unrelated runs beside the parent in each draw; 2 by default. */
  readonly unrelated?: number;
}

/** What the log said of one draw. */
interface ForkScore {
  /** Whether the fork is a run of its own, its parent the right one. */
  readonly found: number;
  /** Whether it is found and said to go on from the parent's last common checkpoint. */
  readonly exact: number;
  /** Whether it is found and said to go on from there or an epoch beside. */
  readonly near: number;
  /** Forks that there are not. */
  readonly invented: number;
}

const columns = ["found", "exact", "near", "invented"] as const;

/** Row for draws without a fork. */
export const noFork = "no fork";

/**
 * Whether the version log finds fine-tuned branches. A draw holds the checkpoints of a run, those of its fork (the same
 * seed with other data or another learning rate after some epoch, without what both share) and of unrelated runs,
 * shuffled and unnamed.
 * @param control runs without a shift
 * @param forks zoos of the same seeds with a shift, by the name of its kind
 * @returns share of draws in which the fork is found with its parent, found with the checkpoint it left from, with that
 *   or the one beside it; and forks that there are not, a draw
 * @throws SpecError when a zoo has no shift or other seeds; InterruptedError on abort
 */
export async function runForks(
  control: TrainedZoo,
  forks: Readonly<Record<string, TrainedZoo>>,
  given: ForkScoresOptions,
): Promise<ResultTable> {
  checkOptions(given, ["rng", "draws", "unrelated", "signal", "onProgress"], "runForks");
  const { rng, draws = 50, unrelated = 2, signal, onProgress } = interruptible(given);
  for (const [name, zoo] of Object.entries(forks)) checkFork(name, zoo, control, unrelated);
  const kinds: [string, TrainedZoo | undefined][] = [...Object.entries(forks), [noFork, undefined]];
  const pacer = new Pacer(`forks of ${control.spec.name}`, kinds.length * draws, "draws", {
    signal,
    onProgress,
  });
  const scores = new Map<string, ForkScore[]>();
  for (const [name, fork] of kinds) {
    const own: ForkScore[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const chance = rng.split("draw", name, draw);
      const models = chosen(Math.min(control.models, fork?.models ?? control.models), unrelated + 1, chance);
      own.push(await scoreDraw(control, fork, models, chance, { signal }));
      await pacer.add(1);
    }
    scores.set(name, own);
  }
  return intervalTable(
    {
      id: "version-log/forks",
      caption: `Forks among unnamed checkpoints, with the run that they left and ${unrelated} unrelated ones; share of ${draws} draws; ${zooSetting(control)}`,
      rowKey: "fork",
      rows: kinds.map(([name]) => name),
      columns: [...columns],
    },
    (row, column) => {
      if (row === noFork && column !== "invented") return undefined;
      const values = scores.get(row)!.map((score) => score[column as keyof ForkScore]);
      return bootstrapInterval(
        values,
        (sample) => sample.reduce((sum, value) => sum + value, 0) / sample.length,
        {
          rng: rng.split("interval", row, column),
          rounds: 500,
        },
      );
    },
  );
}

/** A checkpoint of a draw. */
interface Drawn {
  readonly zoo: TrainedZoo;
  readonly row: number;
  readonly isFork: boolean;
  readonly model: number;
  readonly epoch: number;
}

async function scoreDraw(
  control: TrainedZoo,
  fork: TrainedZoo | undefined,
  models: readonly number[],
  rng: RandomStream,
  options: Pick<LongRunOptions, "signal">,
): Promise<ForkScore> {
  const afterEpoch = fork?.spec.shift?.afterEpoch ?? Number.POSITIVE_INFINITY;
  const taken = [
    ...rowsOf(control, (model) => models.includes(model), false),
    ...(fork ? rowsOf(fork, (model, epoch) => model === models[0] && epoch > afterEpoch, true) : []),
  ];
  const order = shuffled(taken, rng);
  const log = await versionLog(pointsOf(order), options);
  return scoreLog(log, order, models[0], afterEpoch);
}

function scoreLog(log: VersionLog, drawn: readonly Drawn[], parent: number, afterEpoch: number): ForkScore {
  const forks = log.runs.flatMap(({ checkpoints, fork }) => (fork ? [{ checkpoints, fork }] : []));
  // The fork's own run: most of its checkpoints are the fork's, or those of the parent that the fork was taken to leave.
  const right = forks.find(({ checkpoints, fork }) => {
    const side = drawn[checkpoints[0]].isFork;
    const isPure = Array.from(checkpoints).every(
      (row) => drawn[row].model === parent && drawn[row].isFork === side,
    );
    return isPure && drawn[fork.checkpoint].model === parent;
  });
  const left = right ? drawn[right.fork.checkpoint] : undefined;
  // To the log either branch may be the one that left; both left from the last common checkpoint.
  const error = left ? Math.abs(left.epoch - afterEpoch) : Number.POSITIVE_INFINITY;
  return {
    found: right ? 1 : 0,
    exact: error === 0 ? 1 : 0,
    near: error <= 1 ? 1 : 0,
    invented: forks.length - (right ? 1 : 0),
  };
}

function rowsOf(
  zoo: TrainedZoo,
  isTaken: (model: number, epoch: number) => boolean,
  isFork: boolean,
): Drawn[] {
  const { model, epoch } = zoo.facts;
  const rows = Array.from(model.keys()).filter((row) => isTaken(model[row], epoch[row]));
  return rows.map((row) => ({ zoo, row, isFork, model: model[row], epoch: epoch[row] }));
}

function pointsOf(drawn: readonly Drawn[]): Matrix {
  const { cols } = drawn[0].zoo.weights;
  const data = new Float32Array(drawn.length * cols);
  drawn.forEach(({ zoo, row }, i) => {
    data.set(zoo.weights.data.subarray(row * cols, (row + 1) * cols), i * cols);
  });
  return { data, rows: drawn.length, cols };
}

/** Different models, at random. */
function chosen(models: number, count: number, rng: RandomStream): number[] {
  return shuffled(
    Array.from({ length: models }, (_, model) => model),
    rng,
  ).slice(0, count);
}

function shuffled<T>(values: readonly T[], rng: RandomStream): T[] {
  return Array.from(rng.permutation(values.length), (place) => values[place]);
}

function checkFork(name: string, zoo: TrainedZoo, control: TrainedZoo, unrelated: number): void {
  const seeds = ({ spec }: TrainedZoo) => JSON.stringify(spec.seeds);
  const wrong = [
    ...(zoo.spec.shift ? [] : ["it has no shift"]),
    ...(control.spec.shift ? ["the runs that it is to have left have a shift"] : []),
    ...(seeds(zoo) === seeds(control)
      ? []
      : [`its seeds are ${seeds(zoo)}, those of the runs it left ${seeds(control)}`]),
    ...(Math.min(zoo.models, control.models) > unrelated
      ? []
      : [`there are too few models for ${unrelated} unrelated runs`]),
  ];
  if (wrong.length === 0) return;
  throw new SpecError("forks/zoo", `${name}: ${wrong[0]}; give a zoo of the same seeds with a shift`, {
    value: name,
  });
}
