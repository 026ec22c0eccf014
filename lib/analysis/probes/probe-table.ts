import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Matrix } from "../../core/matrix.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { ResultTable } from "../../core/tables.js";
import type { Representation } from "../../representations/types.js";
import type { ZooSplits } from "../../representations/zoo-rows.js";
import { treesSettings } from "../trees/settings.js";
import {
  checkProbeKind,
  type ProbeCell,
  type ProbeKind,
  type ProbeOptions,
  probeFeatures,
  probeOptionNames,
} from "./probe-features.js";
import type { OfSplits } from "./splits.js";

/**
 * A column of a probe table: a representation, by its name, and what reads the targets from it where that is not the
 * table's `probe`, e.g. `{ ...layerStatistics(), name: "s(W), trees", probe: "trees" }`.
 */
export type ProbeColumn = Representation & { readonly probe?: ProbeKind };

export interface ProbeTableOptions extends ProbeOptions {
  /** Of the table. Default "probes". */
  readonly id?: string;
  readonly caption?: string;
}

/** Scores of targets (rows) read from representations (columns), with what they were made from. */
export interface ProbeTable {
  /** In percent, with 95 percent bootstrap intervals over the test split's models. */
  readonly table: ResultTable;
  /** `cells[row][column]`, in the table's order. */
  readonly cells: readonly (readonly ProbeCell[])[];
}

/**
 * How well each representation tells each target (Tables 1, 2, 5 to 7 of the 2021 paper): fits every representation once
 * on each zoo's train split, transforms all splits, and probes them; see probeFeatures.
 * @param zoos splits of one zoo, or of several by name: then the columns are "zoo/representation"
 * @param targets column of the facts by name, e.g. a part of `publishedTargets`; every zoo needs them all
 * @throws SpecError "probe/names" when two representations have one name; what the representations' fits and
 *   probeFeatures throw; InterruptedError
 */
export async function probeTable(
  zoos: ZooSplits | Readonly<Record<string, ZooSplits>>,
  representations: readonly ProbeColumn[],
  targets: Readonly<Record<string, string>>,
  options: ProbeTableOptions,
): Promise<ProbeTable> {
  checkOptions(options, [...probeOptionNames, "id", "caption"], "probeTable");
  const names = new Set(representations.map(({ name }) => name));
  if (names.size < representations.length || names.size === 0) {
    const list = representations.map(({ name }) => name).join(", ");
    const message = `probeTable got the representations [${list}]; give at least one, each with a name of its own`;
    throw new SpecError("probe/names", message, { value: list });
  }
  // Fits may take hours: what is wrong with the probes shows before.
  for (const { probe } of representations) checkProbeKind(probe);
  treesSettings(options.trees ?? {});
  const { id = "probes", caption = "", onProgress, ...probing } = interruptible(options);
  const named: [string, ZooSplits][] = isSplits(zoos) ? [["", zoos]] : Object.entries(zoos);
  const columns: { name: string; cells: ProbeCell[] }[] = [];
  const part = inParts(onProgress, "probe table", 2 * named.length * representations.length);
  for (const [zoo, splits] of named) {
    for (const representation of representations) {
      const rng = options.rng.split(zoo, representation.name);
      const done = 2 * columns.length;
      const fitting = { ...probing, rng: rng.split("fit"), onProgress: part(done) };
      const features = await fitAndTransform(representation, splits, fitting);
      const facts = mapSplits(splits, (rows) => rows.facts);
      const name = named.length > 1 ? `${zoo}/${representation.name}` : representation.name;
      const { probe = options.probe } = representation;
      const settings = { ...probing, probe, rng: rng.split("bootstrap"), onProgress: part(done + 1) };
      columns.push({ name, cells: await probeFeatures(features, facts, targets, settings) });
    }
  }
  const rows = Object.keys(targets);
  const cells = rows.map((_, t) => columns.map((column) => column.cells[t]));
  const values = (end: "value" | "low" | "high") =>
    cells.map((row) => row.map(({ interval }) => (Number.isNaN(interval[end]) ? null : interval[end])));
  const table = { id, caption, rowKey: "target", rows, columns: columns.map(({ name }) => name) };
  return {
    table: { ...table, values: values("value"), low: values("low"), high: values("high") },
    cells,
  };
}

function isSplits(zoos: ZooSplits | Readonly<Record<string, ZooSplits>>): zoos is ZooSplits {
  return "train" in zoos && "weights" in zoos.train;
}

function mapSplits<From, To>(splits: OfSplits<From>, map: (from: From) => To): OfSplits<To> {
  return { train: map(splits.train), validation: map(splits.validation), test: map(splits.test) };
}

async function fitAndTransform(
  representation: Representation,
  splits: ZooSplits,
  { rng, signal, onProgress }: LongRunOptions & Pick<ProbeOptions, "rng">,
): Promise<OfSplits<Matrix>> {
  const { train, validation, test } = splits;
  const fitted = await representation.fit(train, { rng, validation, signal, onProgress });
  const stop = { signal };
  return {
    train: await fitted.transform(train, stop),
    validation: await fitted.transform(validation, stop),
    test: await fitted.transform(test, stop),
  };
}
