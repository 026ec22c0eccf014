import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Matrix } from "../../core/matrix.js";
import { matrix } from "../../core/matrix.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import { inParts, type LongRunOptions, type StopOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { FittedRepresentation } from "../../representations/types.js";
import type { ZooRows, ZooSplits } from "../../representations/zoo-rows.js";
import type { ProbeKind } from "./probe-features.js";
import { type RankedRows, tauInterval } from "./rank-scores.js";
import { ridgeProbe } from "./ridge.js";
import type { ProbeTarget } from "./splits.js";
import { readTargets } from "./targets.js";
import { treesProbe } from "./trees.js";

/** What represents the checkpoints for the probes of each zoo. */
export interface TransferRepresentation {
  readonly name: string;
  /** What reads the targets. Default "linear": ridge regression, as published. */
  readonly probe?: ProbeKind;
  /**
   * The representation whose features the probes of a zoo are fitted on, and applied to. As published it has seen that zoo
   * alone. One that has seen other zoos too says so in its name: to it no checkpoints of theirs are out of distribution.
   * Where it is the same object for several zoos, each zoo is represented once.
   * @param zoo name of the zoo, of which `splits` are
   */
  fit(zoo: string, splits: ZooSplits, options: TransferOptions): Promise<FittedRepresentation>;
}

export interface TransferOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Resamples of the bootstrap. Default 1000. */
  readonly rounds?: number;
}

/** What a probe of one zoo says about another zoo's test split. */
export interface TransferCell extends RankedRows {
  readonly representation: string;
  readonly target: string;
  readonly fittedOn: string;
  readonly zoo: string;
  /** Kendall's tau-b over the checkpoints of the test split, with a 95 percent bootstrap interval over its models. */
  readonly interval: Interval;
}

/**
 * How far probes carry from zoo to zoo (Table 7 of the 2021 paper): on each zoo a representation and a probe of each
 * target are fitted, its penalty or number of trees chosen on the zoo's validation split; both are applied to every zoo's
 * test split.
 * @param zoos splits by name; all of networks of one layout
 * @param targets numeric columns of the facts by name
 * @returns a cell for each representation, target, zoo fitted on and zoo applied to
 * @throws SpecError "transfer/zoos" without zoos, "transfer/target" for a column of words; what ridgeProbe and the
 *   representations throw; InterruptedError
 */
export async function transferScores(
  zoos: Readonly<Record<string, ZooSplits>>,
  representations: readonly TransferRepresentation[],
  targets: Readonly<Record<string, string>>,
  given: TransferOptions,
): Promise<TransferCell[]> {
  checkOptions(given, ["rng", "rounds", "signal", "onProgress"], "transferScores");
  const { rng, rounds = 1000, signal, onProgress } = interruptible(given);
  const names = Object.keys(zoos);
  if (names.length === 0) {
    throw new SpecError("transfer/zoos", "transferScores got no zoo; give the splits of one at least", {
      value: 0,
    });
  }
  const part = inParts(onProgress, "transfer of probes", names.length * representations.length);
  const cells: TransferCell[] = [];
  for (const [r, representation] of representations.entries()) {
    let features: Features | undefined;
    for (const [z, fittedOn] of names.entries()) {
      const own = rng.split(representation.name, fittedOn);
      const listen = part(r * names.length + z);
      const options = { signal, ...(listen ? { onProgress: listen } : {}) };
      const fitted = await representation.fit(fittedOn, zoos[fittedOn], {
        ...options,
        rng: own.split("fit"),
      });
      if (features?.fitted !== fitted) features = new Features(fitted);
      const read = await predictions(representation, features, { zoos, fittedOn, targets }, options);
      for (const { target, zoo, truth, predicted } of read) {
        const rows = { model: zoos[zoo].test.facts.model, truth, predictions: predicted };
        const interval = tauInterval(rows, { rng: own.split("bootstrap", zoo, target), rounds });
        cells.push({ ...rows, representation: representation.name, target, fittedOn, zoo, interval });
      }
    }
  }
  return cells;
}

interface Reading {
  readonly zoos: Readonly<Record<string, ZooSplits>>;
  readonly fittedOn: string;
  readonly targets: Readonly<Record<string, string>>;
}

/** The features of a fitted representation by the rows that they are of: no rows are represented twice. */
class Features {
  private readonly known = new Map<ZooRows, Matrix>();

  constructor(readonly fitted: FittedRepresentation) {}

  async of(rows: ZooRows, { signal }: StopOptions): Promise<Matrix> {
    const features = this.known.get(rows) ?? (await this.fitted.transform(rows, { signal }));
    this.known.set(rows, features);
    return features;
  }
}

/** What the probes of one zoo say about the test split of every zoo. */
async function predictions(
  { probe }: TransferRepresentation,
  known: Features,
  { zoos, fittedOn, targets }: Reading,
  options: LongRunOptions,
) {
  const names = Object.keys(zoos);
  const own = zoos[fittedOn];
  const tests: Matrix[] = [];
  for (const name of names) tests.push(await known.of(zoos[name].test, options));
  const features = {
    train: await known.of(own.train, options),
    validation: await known.of(own.validation, options),
    // All zoos' test splits below each other: the probes read them in one go.
    test: stacked(tests),
  };
  const byZoo = names.map((name) => numericTargets({ ...own, test: zoos[name].test }, targets));
  const wanted = byZoo[0].map((first, t): ProbeTarget<number> => {
    const test = Float64Array.from(byZoo.flatMap((ofZoo) => Array.from(ofZoo[t].values.test)));
    return { name: first.name, values: { ...first.values, test } };
  });
  const probes = await (probe === "trees" ? treesProbe : ridgeProbe)(features, wanted, options);
  return probes.flatMap(({ target, predictions: all }, t) => {
    let from = 0;
    return names.map((zoo, z) => {
      const truth = byZoo[z][t].values.test;
      const predicted = (all as Float64Array).subarray(from, from + truth.length);
      from += truth.length;
      return { target, zoo, truth, predicted };
    });
  });
}

function stacked(parts: readonly Matrix[]): Matrix {
  const out = matrix(
    parts.reduce((sum, { rows }) => sum + rows, 0),
    parts[0].cols,
  );
  let from = 0;
  for (const { data } of parts) {
    out.data.set(data, from);
    from += data.length;
  }
  return out;
}

function numericTargets(
  { train, validation, test }: Readonly<Record<"train" | "validation" | "test", ZooRows>>,
  targets: Readonly<Record<string, string>>,
) {
  const facts = { train: train.facts, validation: validation.facts, test: test.facts };
  return readTargets(facts, targets).map((entry) => {
    if (entry.kind === "r2") return entry.target;
    const { name } = entry.target;
    const message = `transferScores: ${name} is a column of words, which have no ranks; give numeric columns`;
    throw new SpecError("transfer/target", message, { value: name });
  });
}
