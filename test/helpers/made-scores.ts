import type { Scored } from "#lib/analysis/index.js";
import { RandomStream } from "#lib/core/random.js";
import type { KeptTable } from "#lib/experiments/hyperreps/kept-columns.js";
import type { CellResult } from "#lib/experiments/index.js";

const models = 40;

/** Scores on 40 test models that come to so many percent, a little more or less in each resample of them. */
export function scoredAs(percent: number, name: string): Scored {
  const stream = RandomStream.fromSeed(1).split(name);
  const noise = Float64Array.from({ length: models }, () => stream.normal(0, 0.02));
  const mean = noise.reduce((sum, value) => sum + value / models, 0);
  return {
    scores: {
      kind: "r2",
      models: Int32Array.from({ length: models }, (_, m) => m),
      counts: new Float64Array(models).fill(1),
      sums: new Float64Array(models),
      squares: new Float64Array(models).fill(1),
      residuals: noise.map((value) => 1 - percent / 100 + value - mean),
    },
  };
}

/** Percent by target. */
export type Percents = Readonly<Record<string, number>>;

/** Columns of such scores; `percents[representation][target]`. */
export function madeProbes(percents: Readonly<Record<string, Percents>>, name = ""): KeptTable {
  const columns = Object.keys(percents);
  const rows = Object.keys(percents[columns[0]]);
  const cells = rows.map((target) =>
    columns.map((column) => ({
      target,
      ...scoredAs(percents[column][target], `${name} ${column} ${target}`),
    })),
  );
  return { rows, columns, cells: cells as unknown as KeptTable["cells"] };
}

/** A cell of trainings that score so many percent, and reconstruct so many. */
export function madeCell(
  row: string,
  seeds: readonly Percents[],
  reconstruction = 50,
  name = "",
): CellResult {
  const runs = seeds.map((percents, seed) => ({
    seed,
    reconstruction: scoredAs(reconstruction, `${name} ${row} rec ${seed}`),
    probes: Object.entries(percents).map(([target, percent]) => ({
      target,
      ...scoredAs(percent, `${name} ${row} ${target} ${seed}`),
    })),
  }));
  return { row, config: {}, runs: runs as unknown as CellResult["runs"] };
}
