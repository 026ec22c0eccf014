import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { FittedRepresentation } from "../../representations/types.js";
import type { ZooRows, ZooSplits } from "../../representations/zoo-rows.js";
import { type RankedRows, tauInterval } from "./rank-scores.js";
import { ridgeOutputs, ridgeProbe } from "./ridge.js";
import { readTargets } from "./targets.js";

/** A representation of every zoo, fitted on that zoo alone. */
export interface TransferRepresentation {
  readonly name: string;
  /** @param zoo name of the zoo, of which `splits` are */
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
 * How far probes carry from zoo to zoo (Table 7 of the 2021 paper): on each zoo a representation and a ridge regression
 * of each target are fitted, the penalty chosen on its validation split; both are applied to every zoo's test split.
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
    for (const [z, fittedOn] of names.entries()) {
      const own = rng.split(representation.name, fittedOn);
      const listen = part(r * names.length + z);
      const options = { signal, ...(listen ? { onProgress: listen } : {}) };
      const fitted = await representation.fit(fittedOn, zoos[fittedOn], {
        ...options,
        rng: own.split("fit"),
      });
      const probes = await fitProbes(fitted, zoos[fittedOn], targets, options);
      for (const zoo of names) {
        const { test } = zoos[zoo];
        const features = await fitted.transform(test, { signal });
        const outputs = await ridgeOutputs(probes, features, { signal });
        const truths = numericTargets({ train: test, validation: test, test }, targets);
        for (const [t, { name, values }] of truths.entries()) {
          const rows = { model: test.facts.model, truth: values.test, predictions: outputs[t] };
          const interval = tauInterval(rows, { rng: own.split("bootstrap", zoo, name), rounds });
          cells.push({ ...rows, representation: representation.name, target: name, fittedOn, zoo, interval });
        }
      }
    }
  }
  return cells;
}

async function fitProbes(
  fitted: FittedRepresentation,
  splits: ZooSplits,
  targets: Readonly<Record<string, string>>,
  options: LongRunOptions,
) {
  const { signal } = options;
  const features = {
    train: await fitted.transform(splits.train, { signal }),
    validation: await fitted.transform(splits.validation, { signal }),
    test: await fitted.transform(splits.test, { signal }),
  };
  return ridgeProbe(features, numericTargets(splits, targets), options);
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
