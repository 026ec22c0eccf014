import { type VarianceKind, varianceInterval } from "../../analysis/zoo-variance.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import { intervalTable } from "../interval-table.js";
import { publishedTable } from "../published.js";
import {
  type FactorZoo,
  factorLosses,
  factorReconstructions,
  factorScores,
  printedLoss,
} from "./factor-zoo.js";
import { seedInterval } from "./scores.js";

/** Table 4, top, of the zoos that it has: VAR and VARc as they are, reconstruction by Ec+D in percent. */
export function varianceTable(zoos: readonly FactorZoo[], setting: string, rng: RandomStream): ResultTable {
  const { id, caption, rowKey, rows, columns } = publishedTable("hyperreps/zoo-variance");
  const own = columns.filter((name) => zoos.some((zoo) => zoo.name === name));
  return intervalTable({ id, caption: `${caption}: ${setting}`, rowKey, rows, columns: own }, (row, column) =>
    measure(zoos.find(({ name }) => name === column)!, "Ec+D", row, rng.split(row, column)),
  );
}

/** Table 4, bottom, of the zoos that it has: of the two losses each column shows the one that the paper prints. */
export function factorTable(zoos: readonly FactorZoo[], setting: string, rng: RandomStream): ResultTable {
  const { id, caption, rowKey, rows, columns } = publishedTable("hyperreps/zoo-factors");
  const own = columns.filter((column) => zoos.some(({ name }) => column.startsWith(`${name}/`)));
  return intervalTable(
    { id, caption: `${caption}: ${setting}`, rowKey, rows, columns: own },
    (row, column) => {
      const [name, representation] = column.split("/");
      return score(zoos.find((zoo) => zoo.name === name)!, representation, row, rng.split(row, column));
    },
  );
}

/**
 * What Table 4 lacks: both losses of every zoo, and all that is known of zoos that are not in it. VAR and VARc stand in
 * the columns of W.
 */
export function extraTable(zoos: readonly FactorZoo[], setting: string, rng: RandomStream): ResultTable {
  const measures = publishedTable("hyperreps/zoo-variance").rows;
  const targets = publishedTable("hyperreps/zoo-factors").rows;
  const frame = {
    id: "hyperreps/zoo-factors-extra",
    caption: `Both losses of every zoo, and zoos that Table 4 lacks: weight variance and its mean within groups (below W), reconstruction R2 on train and test and probe scores in percent: ${setting}`,
    rowKey: "measure or target",
    rows: [...measures, ...targets],
    columns: zoos.flatMap(({ name }) =>
      [...(printedLoss(name) ? [] : ["W", "sW"]), ...factorLosses].map((column) => `${name}/${column}`),
    ),
  };
  return intervalTable(frame, (row, column) => {
    const [name, representation] = column.split("/");
    const zoo = zoos.find((candidate) => candidate.name === name)!;
    const own = rng.split(row, column);
    if (!measures.includes(row)) return score(zoo, representation, row, own);
    const isVariance = row in variances;
    return isVariance === (representation === "W") ? measure(zoo, representation, row, own) : undefined;
  });
}

const variances: Readonly<Record<string, VarianceKind>> = { VAR: "overall", VARc: "within" };

/** A row of Table 4, top; undefined where a representation does not reconstruct. */
function measure(zoo: FactorZoo, loss: string, row: string, rng: RandomStream): Interval | undefined {
  const kind = variances[row];
  if (kind) return varianceInterval(zoo.variance, kind, { rng });
  const seen = zoo.seen[zoo.cells.findIndex((cell) => cell.row === loss)];
  const scores = row === "Rtr" ? seen : factorReconstructions(zoo, loss);
  return scores && seedInterval(scores, rng);
}

/** A row of Table 4, bottom; undefined where the zoo does not let it be read. */
function score(
  zoo: FactorZoo,
  representation: string,
  target: string,
  rng: RandomStream,
): Interval | undefined {
  const scores = factorScores(zoo, representation, [target]);
  return scores && seedInterval(scores, rng);
}
