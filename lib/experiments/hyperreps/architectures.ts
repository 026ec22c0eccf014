import { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import type { HyperArchitecture } from "../../representations/hyper/config.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import { differenceClaim } from "./difference-claims.js";
import { hyperSetting } from "./hyper-setting.js";
import type { TetrisSetting } from "./presets.js";
import { type Ablation, type CellResult, checkRunOptions, type RunCellsOptions, runCells } from "./runs.js";
import { reconstructions, rowTable, seedTargets } from "./tables.js";

const id = "hyperreps/architectures";
const source = "Table 2 (2021)";

/**
 * Table 2: encoders under the EcD loss, each trained for about the same seconds of one core: a step of weight tokens
 * takes as long as a dozen of neuron tokens.
 * @throws as trainHyperRepresentations
 */
export async function runArchitectures(zoo: Zoo, options: RunCellsOptions): Promise<Ablation> {
  checkRunOptions(options, "runArchitectures");
  const { setting } = options;
  const specs = publishedTable(id).rows.map((row) => {
    const architecture = row as HyperArchitecture;
    return { row, config: { architecture, steps: setting.steps.architectures[architecture] } };
  });
  const cells = await runCells(zoo, specs, { ...options, targets: seedTargets });
  const rng = RandomStream.fromSeed(0).split(id);
  const text = `${hyperSetting(zoo, setting, setting.steps.reference)}; other encoders as many steps as take the time of AttN+t`;
  const caption = `${zoo.spec.name}, EcD, per encoder architecture: test reconstruction and probe R2 in percent`;
  const table = rowTable(id, caption, cells, rng.split("table"));
  return {
    cells,
    table,
    setting: text,
    claims: architectureClaims(cells, setting, text, rng.split("claims")),
  };
}

function architectureClaims(
  cells: readonly CellResult[],
  { tooSmall }: TetrisSetting,
  setting: string,
  rng: RandomStream,
): ScoreRow[] {
  const { rows, values } = publishedTable(id);
  const pairs = [
    ["AttN+t", "FF"],
    ["AttN", "FF"],
    ["AttN+t", "AttW+t"],
    ["AttN", "AttW"],
  ] as const;
  return pairs.map(([higher, lower]) => {
    const scores = (row: string) => reconstructions(cells.find((cell) => cell.row === row)!)!;
    const value = (row: string) => values[rows.indexOf(row)][0]!;
    const claim = {
      claim: `${higher} minus ${lower} at equal time, reconstruction R2`,
      source,
      higher: scores(higher),
      lower: scores(lower),
      published: value(higher) - value(lower),
      setting,
      ...(tooSmall ? { tooSmall } : {}),
    };
    return differenceClaim(claim, rng);
  });
}
