import { type ProbeTable, probeTable } from "../../analysis/probes/probe-table.js";
import { checkOptions } from "../../core/errors.js";
import type { LongRunOptions } from "../../core/progress.js";
import { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { layerStatistics } from "../../representations/layer-statistics.js";
import { miwd } from "../../representations/miwd.js";
import { pcaRepresentation } from "../../representations/pca-representation.js";
import { rawWeights } from "../../representations/raw.js";
import type { Representation } from "../../representations/types.js";
import { umapRepresentation } from "../../representations/umap-representation.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { zooSetting } from "../setting.js";
import { differenceClaim } from "./difference-claims.js";
import { settingSplits } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { hypTargets, seedTargets } from "./tables.js";

/** Which half of Table 5. */
export type TetrisZoo = "tetris-seed" | "tetris-hyp";

export interface TetrisProbesOptions extends LongRunOptions {
  readonly setting: TetrisSetting;
}

/** A table of probes on one zoo, with its setting. */
export interface BaselineProbes extends ProbeTable {
  readonly setting: string;
  readonly claims: readonly ScoreRow[];
}

/** Raw weights and layer statistics by their published names: what the zoos' difficulty was set by. */
export function plainBaselines(): Representation[] {
  return [rawWeights(), { ...layerStatistics(), name: "sW" }];
}

/** Weight distribution descriptors (Eilertsen et al. 2024) of weights as they are and of standardised ones. */
export function descriptorBaselines(): Representation[] {
  return [
    { ...miwd(), name: "MI-WD" },
    { ...miwd({ scale: "standardised" }), name: "MI-WD std." },
  ];
}

/** The baselines of Table 5 by their published names. */
export function tetrisBaselines(): Representation[] {
  const [weights, statistics] = plainBaselines();
  return [
    weights,
    pcaRepresentation({ kernel: "linear" }),
    pcaRepresentation({ kernel: "cosine" }),
    pcaRepresentation({ kernel: "rbf" }),
    umapRepresentation(),
    statistics,
  ];
}

/** Targets of a half of Table 5, columns of the facts by published name. */
export function tetrisTargets(which: TetrisZoo): Readonly<Record<string, string>> {
  return which === "tetris-seed" ? seedTargets : hypTargets;
}

/**
 * What linear probes read from baselines, in the shape of a half of Table 5. The claim that comes with it: layer
 * statistics say more than weights.
 * @param which half of the table; decides the targets
 * @throws as probeTable
 */
export async function runBaselines(
  zoo: Zoo,
  which: TetrisZoo,
  representations: readonly Representation[],
  options: TetrisProbesOptions,
): Promise<BaselineProbes> {
  checkOptions(options, ["setting", "signal", "onProgress"], "runBaselines");
  const { setting, ...rest } = options;
  const published = publishedTable(`hyperreps/${which}`);
  const { id, caption } = published;
  const rng = RandomStream.fromSeed(0).split(id);
  const splits = settingSplits(zoo, setting);
  const probes = await probeTable(splits, representations, tetrisTargets(which), {
    ...rest,
    rng,
    id,
    caption,
  });
  const text = zooSetting(zoo);
  const names = representations.map(({ name }) => name);
  const [w, s] = [names.indexOf("W"), names.indexOf("sW")];
  if (w < 0 || s < 0) return { ...probes, setting: text, claims: [] };
  const meanOf = (column: string) =>
    published.values.reduce(
      (sum, row) => sum + row[published.columns.indexOf(column)]! / published.rows.length,
      0,
    );
  const claim = {
    claim: `${which.toUpperCase()}: layer statistics minus weights, mean of all targets`,
    source: "Table 5 (2021)",
    higher: [probes.cells.map((row) => row[s])],
    lower: [probes.cells.map((row) => row[w])],
    published: meanOf("sW") - meanOf("W"),
    setting: text,
    ...(setting.tooSmall ? { tooSmall: setting.tooSmall } : {}),
  };
  return { ...probes, setting: text, claims: [differenceClaim(claim, rng.split("claim"))] };
}
