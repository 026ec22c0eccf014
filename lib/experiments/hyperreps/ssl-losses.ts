import { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import type { HyperLoss } from "../../representations/hyper/config.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { differenceClaim } from "./difference-claims.js";
import { hyperSetting } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { type Ablation, type CellResult, checkRunOptions, type RunCellsOptions, runCells } from "./runs.js";
import type { SeedScores } from "./scores.js";
import { probeScores, reconstructions, rowTable, seedTargets } from "./tables.js";

const id = "hyperreps/ssl-losses";
const source = "Table 1 (2021)";
/** Downstream targets that Table 1 prints. */
const downstream = ["eph", "acc", "f1c0", "f1c1", "f1c2", "f1c3"];

/**
 * Table 1: what each self-supervised loss reconstructs, and what a linear probe reads from it. The text of the paper
 * cites Tables 1 and 2 the other way round.
 * @throws as trainHyperRepresentations
 */
export async function runLosses(zoo: Zoo, options: RunCellsOptions): Promise<Ablation> {
  checkRunOptions(options, "runLosses");
  const { setting } = options;
  const specs = publishedTable(id).rows.map((row) => ({
    row,
    config: { loss: row as HyperLoss, steps: setting.steps.reference },
  }));
  const cells = await runCells(zoo, specs, { ...options, targets: seedTargets });
  const rng = RandomStream.fromSeed(0).split(id);
  const text = hyperSetting(zoo, setting, setting.steps.reference);
  const caption = `${zoo.spec.name}, per self-supervised loss: test reconstruction and probe R2 in percent`;
  const table = rowTable(id, caption, cells, rng.split("table"));
  return { cells, table, setting: text, claims: lossClaims(cells, setting, text, rng.split("claims")) };
}

function lossClaims(
  cells: readonly CellResult[],
  { tooSmall }: TetrisSetting,
  setting: string,
  rng: RandomStream,
): ScoreRow[] {
  const cellOf = (row: string) => cells.find((cell) => cell.row === row)!;
  const judge = (claim: string, higher: SeedScores, lower: SeedScores, published: number) =>
    differenceClaim(
      { claim, source, higher, lower, published, setting, ...(tooSmall ? { tooSmall } : {}) },
      rng,
    );
  const read = (row: string, targets: readonly string[]) => probeScores(cellOf(row), targets);
  const ofRow = (row: string, columns: readonly string[]) => publishedMean(row, columns);
  const all = "mean of epoch, accuracy and F1";
  return [
    judge(`EcD minus ED, ${all}`, read("EcD", downstream), read("ED", downstream), ofRow("EcD", downstream) - ofRow("ED", downstream)),
    judge("EcD minus ED, accuracy", read("EcD", ["acc"]), read("ED", ["acc"]), ofRow("EcD", ["acc"]) - ofRow("ED", ["acc"])),
    judge(`EcD minus Ec+D, ${all}`, read("EcD", downstream), read("Ec+D", downstream), ofRow("EcD", downstream) - ofRow("Ec+D", downstream)),
    judge(`Ec+D minus ED, ${all}`, read("Ec+D", downstream), read("ED", downstream), ofRow("Ec+D", downstream) - ofRow("ED", downstream)),
    judge("ED minus EcD, reconstruction R2", reconstructions(cellOf("ED"))!, reconstructions(cellOf("EcD"))!, ofRow("ED", ["rec"]) - ofRow("EcD", ["rec"])),
    judge("ED minus Ec+D, reconstruction R2", reconstructions(cellOf("ED"))!, reconstructions(cellOf("Ec+D"))!, ofRow("ED", ["rec"]) - ofRow("Ec+D", ["rec"])),
  ]; // biome-ignore format: one claim a line
}

/** Mean of some columns of a published row. */
function publishedMean(row: string, columns: readonly string[]): number {
  const { rows, columns: names, values } = publishedTable(id);
  const own = values[rows.indexOf(row)];
  return columns.reduce((sum, column) => sum + own[names.indexOf(column)]! / columns.length, 0);
}
