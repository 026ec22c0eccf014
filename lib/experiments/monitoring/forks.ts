import { identifyCheckpoints } from "../../analysis/identification.js";
import { type VersionLog, versionLog } from "../../analysis/version-log/index.js";
import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Matrix } from "../../core/matrix.js";
import { bootstrapInterval, quantile } from "../../core/numeric/bootstrap.js";
import { Pacer } from "../../core/numeric/pacer.js";
import { meanOf } from "../../core/numeric/vectors.js";
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

/** Columns of `runForks` about a fork whose parent is among runs that are known by name. */
const named = ["parent", "parent of the last", "epoch error"] as const;
/** Those about checkpoints without names. */
const unnamed = ["found", "exact", "near", "invented"] as const;

/** Row for draws without a fork. */
const noFork = "no fork";

/**
 * Fine-tuned branches: models that leave a run after some epoch, by other data or another learning rate (the same seed
 * with a shift, so that both are one up to there). Asked in two ways.
 * Among runs that are known by name and epoch: whose branch is this? The model of the nearest known checkpoint, of the
 * branch's first checkpoint and of its last, and how many epochs beside the truth the first's nearest one lies.
 * Among unnamed checkpoints: a draw holds those of a run, of its branch and of unrelated runs, shuffled; does the version
 * log find the branch and where it left?
 * @param control runs without a shift
 * @param forks zoos of the same seeds with a shift, by the name of its kind
 * @returns share of forks whose first and last checkpoint have the right parent, and the first's median error in epochs;
 *   share of draws in which the log finds the fork with its parent, with the checkpoint it left from, with that or the one
 *   beside it; and forks that there are not, a draw
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
  const parents = new Map<string, readonly ParentScore[]>();
  for (const [name, zoo] of Object.entries(forks))
    parents.set(name, await scoreParents(control, zoo, { signal }));
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
  const frame = {
    id: "version-log/forks",
    caption: `Forks of ${control.models} known runs, and among unnamed checkpoints with the run that they left and ${unrelated} unrelated ones, ${draws} draws; ${zooSetting(control)}`,
    rowKey: "fork",
    rows: kinds.map(([name]) => name),
    columns: [...named, ...unnamed],
  };
  return intervalTable(frame, (row, column) => {
    const chance = { rng: rng.split("interval", row, column), rounds: 500 };
    const own = parents.get(row);
    if (named.some((name) => name === column)) {
      return own && bootstrapInterval(own, (sample) => parentScore(sample, column), chance);
    }
    if (row === noFork && column !== "invented") return undefined;
    const values = scores.get(row)!.map((score) => score[column as keyof ForkScore]);
    return bootstrapInterval(values, meanOf, chance);
  });
}

/** Whose branch the first and the last checkpoint of a fork were taken for. */
interface ParentScore {
  readonly first: number;
  readonly last: number;
  /** Epochs between the nearest checkpoint of the right parent to the first and the one it left from. */
  readonly error: number;
}

function parentScore(sample: readonly ParentScore[], column: string): number {
  if (column === "parent") return meanOf(sample.map(({ first }) => first));
  if (column === "parent of the last") return meanOf(sample.map(({ last }) => last));
  const errors = sample.filter(({ first }) => first === 1).map(({ error }) => error);
  return quantile(
    errors.sort((a, b) => a - b),
    0.5,
  );
}

async function scoreParents(
  control: TrainedZoo,
  fork: TrainedZoo,
  options: Pick<LongRunOptions, "signal">,
): Promise<ParentScore[]> {
  const { model, epoch } = control.facts;
  const known = { points: control.weights, models: model, epochs: epoch };
  const afterEpoch = fork.spec.shift?.afterEpoch ?? 0;
  const at = (wanted: number) => rowsOf(fork, (_, own) => own === wanted, true);
  const [first, last] = [at(afterEpoch + 1), at(fork.epochs.at(-1)!)];
  const begin = await identifyCheckpoints(known, pointsOf(first), options);
  const end = await identifyCheckpoints(known, pointsOf(last), options);
  return first.map((drawn, i) => ({
    first: begin.model[i] === drawn.model ? 1 : 0,
    last: end.model[i] === last[i].model ? 1 : 0,
    error: Math.abs(Math.round(begin.epoch[i]) - afterEpoch),
  }));
}

/** A checkpoint of a draw. */
interface Drawn {
  readonly zoo: TrainedZoo;
  readonly row: number;
  readonly isFork: boolean;
  readonly model: number;
  readonly epoch: number;
}

/** Shuffled checkpoints of some runs, and of the fork of the first of them without what both share. */
function drawRows(
  control: TrainedZoo,
  fork: TrainedZoo | undefined,
  models: readonly number[],
  rng: RandomStream,
): Drawn[] {
  const afterEpoch = fork?.spec.shift?.afterEpoch ?? Number.POSITIVE_INFINITY;
  const taken = [
    ...rowsOf(control, (model) => models.includes(model), false),
    ...(fork ? rowsOf(fork, (model, epoch) => model === models[0] && epoch > afterEpoch, true) : []),
  ];
  return shuffled(taken, rng);
}

async function scoreDraw(
  control: TrainedZoo,
  fork: TrainedZoo | undefined,
  models: readonly number[],
  rng: RandomStream,
  options: Pick<LongRunOptions, "signal">,
): Promise<ForkScore> {
  const drawn = drawRows(control, fork, models, rng);
  const log = await versionLog(pointsOf(drawn), options);
  return scoreLog(log, drawn, models[0], fork?.spec.shift?.afterEpoch ?? Number.POSITIVE_INFINITY);
}

/**
 * One draw of `runForks` to look at: shuffled checkpoints of a run, its fork and unrelated runs, with the names that the
 * log is not told.
 */
export function forkSample(
  control: TrainedZoo,
  fork: TrainedZoo,
  options: { readonly rng: RandomStream; readonly unrelated?: number },
): { readonly points: Matrix; readonly names: string[] } {
  checkOptions(options, ["rng", "unrelated"], "forkSample");
  const { rng, unrelated = 2 } = options;
  checkFork(fork.spec.name, fork, control, unrelated);
  const models = chosen(Math.min(control.models, fork.models), unrelated + 1, rng);
  const drawn = drawRows(control, fork, models, rng);
  const names = drawn.map(
    ({ model, epoch, isFork }) => `${isFork ? "fork of " : ""}run ${model}, epoch ${epoch}`,
  );
  return { points: pointsOf(drawn), names };
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
