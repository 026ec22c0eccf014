import { SpecError, throwIfAborted } from "../core/errors.js";
import { interruptible } from "../core/interrupt.js";
import { type BootstrapOptions, bootstrapInterval, type Interval } from "../core/numeric/bootstrap.js";
import type { StopOptions } from "../core/progress.js";
import type { Zoo } from "../zoo/store/zoo.js";
import { type Deviations, type GroupVariance, VariancePasses, varianceOf } from "./group-variance.js";

/** VAR and VARc of a zoo's weights, with what their intervals are made from. */
export interface ZooVariance extends GroupVariance {
  /** Diverged models, which are left out. */
  readonly diverged: number;
  /** Of each other model, over its checkpoints. */
  readonly byModel: readonly Deviations[];
}

/**
 * VAR and VARc (see groupVariance) over all checkpoints of a zoo but those of diverged models, in groups of equal
 * initialiser and activation. The weights are read twice, piece by piece.
 * @throws SpecError "variance/empty" when every model diverged, "zoo/mixed" when the models differ in their networks;
 *   InterruptedError
 */
export async function zooVariance(zoo: Zoo, stop: StopOptions = {}): Promise<ZooVariance> {
  const { signal } = interruptible(stop);
  const { facts, layout } = zoo;
  const diverged = new Set(zoo.diverged);
  if (diverged.size === zoo.models) {
    const message = `all ${zoo.models} models of ${zoo.spec.name} diverged, so there is no variance; take a zoo that trains`;
    throw new SpecError("variance/empty", message, { value: zoo.models });
  }
  const groups = facts.init.map((init, row) =>
    diverged.has(facts.model[row]) ? undefined : `${init}, ${facts.activation[row]}`,
  );
  const passes = new VariancePasses(groups, layout.parameters);
  for (const pass of ["add", "measure"] as const) {
    for await (const { first, weights } of zoo.chunks()) {
      throwIfAborted(signal, `the variance of ${zoo.spec.name}`);
      passes[pass](first, weights);
    }
  }
  const byModel = new Map<number, Deviations>();
  groups.forEach((group, row) => {
    if (group === undefined) return;
    const own = byModel.get(facts.model[row]) ?? { group, rows: 0, overall: 0, within: 0 };
    byModel.set(facts.model[row], {
      group,
      rows: own.rows + 1,
      overall: own.overall + passes.overall[row],
      within: own.within + passes.within[row],
    });
  });
  const models = [...byModel.values()];
  return { ...varianceOf(models), diverged: diverged.size, byModel: models };
}

/** Which of the two variances. */
export type VarianceKind = "overall" | "within";

/**
 * VAR or VARc with a bootstrap interval over models. Deviations stay those from the means of all models: means of a
 * resample would make its variance too small by the share of one model in its group.
 */
export function varianceInterval(
  { byModel }: ZooVariance,
  kind: VarianceKind,
  options: BootstrapOptions,
): Interval {
  return bootstrapInterval(byModel, (sample) => varianceOf(sample)[kind], options);
}

/** VAR or VARc of a minus that of b; the models of each are resampled for themselves. */
export function varianceDifference(
  a: ZooVariance,
  b: ZooVariance,
  kind: VarianceKind,
  options: BootstrapOptions,
): Interval {
  const draw = options.rng.split("models");
  // Every round draws for itself; the bootstrap's own sample only says whether it is the first, of all.
  const sides = [a.byModel, b.byModel];
  const statistic = (sample: readonly (readonly Deviations[])[]) => {
    const [first, second] = sides.map((models) =>
      sample === sides ? models : models.map(() => models[draw.integer(models.length)]),
    );
    return varianceOf(first)[kind] - varianceOf(second)[kind];
  };
  return bootstrapInterval(sides, statistic, options);
}
