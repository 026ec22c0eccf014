import { SpecError } from "../../core/errors.js";
import { RandomStream } from "../../core/random.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import type { HyperConfig } from "../../representations/hyper/config.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { differenceClaim } from "./difference-claims.js";
import { hyperSetting } from "./hyper-setting.js";
import { type CellResult, checkRunOptions, type RunCellsOptions, runCells } from "./runs.js";
import { type SeedScores, seedInterval } from "./scores.js";
import { probeScores, reconstructions } from "./tables.js";

/** Variants of the reference training, scored alike. */
export interface VariantRun {
  readonly cells: readonly CellResult[];
  /** Variants x (rec, eph, acc, ggap), in percent. */
  readonly table: ResultTable;
  readonly setting: string;
  /** Undefined where results can be judged, else why not. */
  readonly tooSmall?: string;
}

export interface VariantsOptions extends RunCellsOptions {
  /** Trainings of each variant. Default 1: give more where a claim turns on them. */
  readonly seeds?: number;
}

const targets = { eph: "epoch", acc: "test_accuracy", ggap: "generalization_gap" };

/**
 * Trains variants of the reference (EcD, AttN+t, permutation and erasing) for as many steps as Table 3's, where a variant
 * says nothing else.
 * @param variants what differs, by the name of its row
 * @throws as trainHyperRepresentations
 */
export async function runVariants(
  zoo: Zoo,
  variants: Readonly<Record<string, Partial<HyperConfig>>>,
  { seeds = 1, ...options }: VariantsOptions,
): Promise<VariantRun> {
  checkRunOptions(options, "runVariants");
  const setting = { ...options.setting, seeds };
  const { augmentations: steps } = setting.steps;
  const specs = Object.entries(variants).map(([row, config]) => ({ row, config: { steps, ...config } }));
  const cells = await runCells(zoo, specs, { ...options, setting, targets });
  const rng = RandomStream.fromSeed(0).split("hyperreps/variants");
  const caption = `${zoo.spec.name}, variants of EcD: test reconstruction and probe R2 in percent`;
  const frame = {
    id: "hyperreps/variants",
    caption,
    rowKey: "variant",
    rows: Object.keys(variants),
    columns: ["rec", ...Object.keys(targets)],
  };
  const table = intervalTable(frame, (row, column) => {
    const cell = cells.find((candidate) => candidate.row === row)!;
    const scores = column === "rec" ? reconstructions(cell) : probeScores(cell, [column]);
    return scores && seedInterval(scores, rng.split(row, column));
  });
  const longest = Math.max(...specs.map(({ config }) => config.steps));
  const { tooSmall } = setting;
  return { cells, table, setting: hyperSetting(zoo, setting, longest), ...(tooSmall ? { tooSmall } : {}) };
}

/**
 * That one variant reconstructs more than another, as a line of the scoreboard.
 * @param words of what the variants are, e.g. "EcD for 5,000 steps"
 * @throws SpecError "variants/row" for a variant that was not run, or does not reconstruct
 */
export function variantClaim(run: VariantRun, words: string, higher: string, lower: string): ScoreRow {
  const scores = (row: string): SeedScores => {
    const cell = run.cells.find((candidate) => candidate.row === row);
    const found = cell && reconstructions(cell);
    if (found) return found;
    const known = run.cells.map((candidate) => candidate.row).join(", ");
    throw new SpecError("variants/row", `no reconstruction of a variant "${row}"; there are ${known}`, {
      value: row,
    });
  };
  return differenceClaim(
    {
      claim: `${words}: ${higher} minus ${lower}, reconstruction R2`,
      source: "Table 3 (2021)",
      higher: scores(higher),
      lower: scores(lower),
      setting: run.setting,
      tooSmall: run.tooSmall,
    },
    RandomStream.fromSeed(0).split("hyperreps/variants", "claims"),
  );
}
