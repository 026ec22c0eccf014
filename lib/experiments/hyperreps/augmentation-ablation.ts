import { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { augmentations, type HyperLoss } from "../../representations/hyper/config.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { differenceClaim } from "./difference-claims.js";
import { hyperSetting } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import {
  type Ablation,
  type CellResult,
  type CellSpec,
  checkRunOptions,
  type RunCellsOptions,
  runCells,
} from "./runs.js";
import { gridTable, reconstructions } from "./tables.js";

const id = "hyperreps/augmentations";
const source = "Table 3 (2021)";

/**
 * Table 3: reconstruction R2 of ED, EcD and Ec+D under each set of augmentations (P permutation, E erasing, N noise).
 * @throws as trainHyperRepresentations
 */
export async function runAugmentations(zoo: Zoo, options: RunCellsOptions): Promise<Ablation> {
  checkRunOptions(options, "runAugmentations");
  const { setting } = options;
  const { rows, columns } = publishedTable(id);
  const specs = rows.flatMap((row) =>
    columns.map((column): CellSpec => {
      const config = {
        loss: row as HyperLoss,
        augmentations: augmentations(column),
        steps: setting.steps.augmentations,
      };
      return { row, column, config };
    }),
  );
  const cells = await runCells(zoo, specs, options);
  const rng = RandomStream.fromSeed(0).split(id);
  const text = hyperSetting(zoo, setting, setting.steps.augmentations);
  const caption = `${zoo.spec.name}, per self-supervised loss and augmentation: test reconstruction R2 in percent`;
  const table = gridTable(id, caption, cells, rng.split("table"));
  return {
    cells,
    table,
    setting: text,
    claims: augmentationClaims(cells, setting, text, rng.split("claims")),
  };
}

/** Permutation beats none; erasing adds to permutation; noise adds nothing to permutation, erasing alone is less than it. */
function augmentationClaims(
  cells: readonly CellResult[],
  { tooSmall }: TetrisSetting,
  setting: string,
  rng: RandomStream,
): ScoreRow[] {
  const published = publishedTable(id);
  const claims = [
    { higher: "P", lower: "none", words: "permutation minus none" },
    { higher: "P", lower: "E", words: "permutation minus erasing" },
    { higher: "P,E", lower: "P", words: "permutation and erasing minus permutation" },
  ];
  return claims.flatMap(({ higher, lower, words }) =>
    published.rows.map((row, r) => {
      const scores = (column: string) =>
        reconstructions(cells.find((cell) => cell.row === row && cell.column === column)!)!;
      const value = (column: string) => published.values[r][published.columns.indexOf(column)]!;
      const claim = {
        claim: `${row}: ${words}, reconstruction R2`,
        source,
        higher: scores(higher),
        lower: scores(lower),
        published: value(higher) - value(lower),
        setting,
        ...(tooSmall ? { tooSmall } : {}),
      };
      return differenceClaim(claim, rng);
    }),
  );
}
