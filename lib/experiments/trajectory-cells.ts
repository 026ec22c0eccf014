import type { ScoreRow } from "../core/tables.js";
import { claimRow } from "./claims.js";
import { publishedTable } from "./published.js";
import type { TrajectoryRun } from "./trajectory-order.js";

/** How far from the published number a cell of Tables 2 and 3 may be and still count as reproduced. */
export const cellTolerance = {
  /** Purity is asked to be equal where 1 is published. */
  clusterPurity: (published: number) => (published === 1 ? 0 : 0.08),
  orderedEpochsFraction: () => 0.08,
  /** A quarter of the published length. */
  orderedInitialEpochs: (published: number) => published / 4,
} as const;

type Measure = keyof typeof cellTolerance;

const words: Record<Measure, string> = {
  clusterPurity: "purity",
  orderedEpochsFraction: "ordered fraction",
  orderedInitialEpochs: "ordered first epochs",
};

/** One cell of Table 2 or 3 (2020). */
interface Cell {
  readonly space: string;
  readonly measure: Measure;
  readonly published: number;
  /** NaN where the space was left out. */
  readonly ours: number;
}

/** The cells of a net's published table, row by row. */
function cellsOf(net: "mlp" | "cnn", { table }: TrajectoryRun): Cell[] {
  const published = publishedTable(`trajectories/${net}`);
  return published.rows.flatMap((space, r) =>
    (Object.keys(words) as Measure[]).map((measure) => ({
      space,
      measure,
      published: published.values[r][published.columns.indexOf(measure)]!,
      ours: table.values[table.rows.indexOf(space)]?.[table.columns.indexOf(measure)] ?? Number.NaN,
    })),
  );
}

function isNear({ measure, published, ours }: Cell): boolean {
  // Values of three printed digits: a rounding at the edge of the tolerance decides nothing.
  return Math.abs(ours - published) <= cellTolerance[measure](published) + 1e-9;
}

/**
 * Tables 2 and 3 (2020) with a verdict per cell, by `cellTolerance`: "✓ ours (published)", "✗" beyond the tolerance and
 * "–" for a space that was left out.
 */
export function trajectoryCells(
  runs: Readonly<Record<"cnn" | "mlp", TrajectoryRun>>,
): Record<string, string>[] {
  return (["cnn", "mlp"] as const).flatMap((net) => {
    const cells = cellsOf(net, runs[net]);
    return [...new Set(cells.map(({ space }) => space))].map((space) => ({
      zoo: net.toUpperCase(),
      space,
      ...Object.fromEntries(
        cells.flatMap((cell) => (cell.space === space ? [[words[cell.measure], cellWords(cell)]] : [])),
      ),
    }));
  });
}

function cellWords(cell: Cell): string {
  if (Number.isNaN(cell.ours)) return "–";
  return `${isNear(cell) ? "✓" : "✗"} ${cell.ours.toPrecision(3)} (${cell.published.toPrecision(3)})`;
}

/**
 * Whether the ordered fractions of full space and SVD-50 are within .08 of the published ones. The value is judged, not
 * its interval: the tolerance allows for chance already.
 * @param ties how equal heights were ordered, in words
 */
export function nearPublishedClaims(
  runs: Readonly<Record<"cnn" | "mlp", TrajectoryRun>>,
  ties: string,
): ScoreRow[] {
  return (["cnn", "mlp"] as const).flatMap((net) =>
    cellsOf(net, runs[net])
      .filter(
        ({ space, measure }) => measure === "orderedEpochsFraction" && /^(weights-|svd-50$)/.test(space),
      )
      .map(({ space, published, ours }) => {
        const distance = Math.abs(ours - published);
        const { zoo, setting } = runs[net];
        const tooSmall = zoo.models < publishedModels;
        const place = space === "svd-50" ? "SVD-50" : "full space";
        return claimRow({
          claim: `${net.toUpperCase()}, distance to the published ordered fraction, ${place}${tooSmall ? "; fewer models than published" : ""}`,
          source: net === "cnn" ? "Table 2 (2020)" : "Table 3 (2020)",
          interval: { value: distance, low: distance, high: distance },
          inequality: { relation: "<=", bound: cellTolerance.orderedEpochsFraction() },
          setting: `${setting}; ${ties}`,
          ...(tooSmall ? { verdict: "undecided" as const } : {}),
        });
      }),
  );
}

/** Models of the published zoos; with fewer the spaces of the SVD are others. */
const publishedModels = 250;
