import { DataError } from "../../core/errors.js";
import { Pacer } from "../../core/numeric/pacer.js";
import type { StopOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { type ZooVectors, zooVectors } from "../../representations/zoo-vectors.js";
import { takeFacts, type ZooFacts } from "../../zoo/facts.js";
import { lanes } from "../../zoo/lanes.js";
import { lastRows } from "../../zoo/model-rows.js";
import type { Zoo } from "../../zoo/store/zoo.js";

/** The last checkpoints of a zoo's models that did not diverge, parted by model. */
export interface ModelParts {
  /** What representations are fitted on. */
  readonly fitted: ZooVectors;
  /** What they are judged on. */
  readonly evaluated: ZooVectors;
  /** Facts of the evaluated, in their order. */
  readonly facts: ZooFacts;
  /** Weights of each of the evaluated. */
  readonly weights: Int32Array;
  /** Models left out since their weights are not finite. */
  readonly diverged: number;
  /** Models left out since a weight of theirs is beyond 1,000. */
  readonly exploded: number;
}

const largestWeight = 1000;

/**
 * Parts the models by chance: of each four consecutive ones, which a mixed zoo gives one architecture, data set, batch
 * size, optimiser and activation (see draws.ts), `perGroup` are evaluated and the others fitted on. With one of each
 * group no evaluated model has a twin among those that its classifier learns from, and models are independent draws. A
 * larger zoo parts the models of a smaller one as that one does.
 *
 * Models of which a weight is beyond 1,000 are left out: their training exploded short of infinity (of 28 such models at
 * laptop none tells more than a guess), and a few of them would be all that PCA and projections see.
 * @throws DataError "miwd/models" when either part has no models
 */
export async function modelParts(
  zoo: Zoo,
  perGroup: number,
  rng: RandomStream,
  options: StopOptions = {},
): Promise<ModelParts> {
  const finished = finishedRows(zoo);
  const last = await usualRows(zoo, finished, options);
  const groups = new Map<number, number[]>();
  for (const row of last) {
    const group = Math.floor(zoo.facts.model[row] / lanes);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const evaluated: number[] = [];
  const fitted: number[] = [];
  for (const [group, rows] of groups) {
    const order = rng.split("parts", group).permutation(rows.length);
    for (const [i, place] of order.entries()) (i < perGroup ? evaluated : fitted).push(rows[place]);
  }
  if (evaluated.length === 0 || fitted.length === 0) {
    const message = `zoo "${zoo.spec.name}": ${fitted.length} models to fit on and ${evaluated.length} to evaluate; train more models, or evaluate fewer of each four`;
    throw new DataError("miwd/models", message, { value: last.length });
  }
  const sorted = (rows: number[]) => rows.sort((a, b) => a - b);
  return partsOf(zoo, sorted(fitted), sorted(evaluated), finished.length - last.length);
}

/** Rows without a weight beyond the bound. */
async function usualRows(zoo: Zoo, rows: readonly number[], options: StopOptions): Promise<number[]> {
  const usual: number[] = [];
  let place = 0;
  const pacer = new Pacer(`weights of ${zoo.spec.name}`, rows.length, "models", options);
  for await (const theta of zooVectors(zoo, rows).read()) {
    if (theta.every((weight) => Math.abs(weight) <= largestWeight)) usual.push(rows[place]);
    place++;
    if (pacer.due()) await pacer.pause();
  }
  return usual;
}

/**
 * All models that did not diverge for both parts, where nothing is fitted on them; those that exploded too.
 * @throws DataError "miwd/models" when all diverged
 */
export function allModels(zoo: Zoo): ModelParts {
  const rows = finishedRows(zoo);
  if (rows.length > 0) return partsOf(zoo, rows, rows, 0);
  throw new DataError("miwd/models", `zoo "${zoo.spec.name}": all ${zoo.models} models diverged`);
}

function partsOf(
  zoo: Zoo,
  fitted: readonly number[],
  evaluated: readonly number[],
  exploded: number,
): ModelParts {
  const facts = takeFacts(zoo.facts, evaluated);
  return {
    fitted: zooVectors(zoo, fitted),
    evaluated: zooVectors(zoo, evaluated),
    facts,
    weights: facts.model.map((model) => zoo.layoutOf(model).parameters),
    diverged: zoo.diverged.length,
    exploded,
  };
}

/** Row of the last checkpoint of each model that did not diverge. */
function finishedRows({ facts, diverged }: Zoo): number[] {
  const lost = new Set(diverged);
  return lastRows(facts).filter((row) => !lost.has(facts.model[row]));
}

/** Whether each evaluated model has more weights than half of them. */
export function isLarger({ weights }: Pick<ModelParts, "weights">): boolean[] {
  const ascending = [...weights].sort((a, b) => a - b);
  const middle = ascending[Math.floor((ascending.length - 1) / 2)];
  return Array.from(weights, (count) => count > middle);
}
