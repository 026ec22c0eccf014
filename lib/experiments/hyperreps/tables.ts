import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import { intervalTable } from "../interval-table.js";
import { publishedTable } from "../published.js";
import type { CellResult } from "./runs.js";
import { type SeedScores, scorePercent, seedInterval } from "./scores.js";

/** Targets of the tables on TETRIS-SEED, by their published names. */
export const seedTargets: Readonly<Record<string, string>> = {
  eph: "epoch",
  acc: "test_accuracy",
  ggap: "generalization_gap",
  f1c0: "f1_class_0",
  f1c1: "f1_class_1",
  f1c2: "f1_class_2",
  f1c3: "f1_class_3",
};

/** Targets of Table 5 on TETRIS-HYP. */
export const hypTargets: Readonly<Record<string, string>> = {
  eph: "epoch",
  acc: "test_accuracy",
  ggap: "generalization_gap",
  lr: "learning_rate",
  act: "activation",
  init: "init",
};

/** The reconstruction scores of a cell's runs; undefined where the cell does not reconstruct. */
export function reconstructions({ runs }: CellResult): SeedScores | undefined {
  const scores = runs.flatMap(({ reconstruction }) => (reconstruction ? [[reconstruction]] : []));
  return scores.length > 0 ? scores : undefined;
}

/** The scores of some targets of a cell's runs. */
export function probeScores({ runs }: CellResult, targets: readonly string[]): SeedScores {
  return runs.map(({ probes }) => probes.filter(({ target }) => targets.includes(target)));
}

/** Scores of a column of Tables 1 and 2: "rec" or a target. */
function columnScores(cell: CellResult, column: string): SeedScores | undefined {
  if (column === "rec") return reconstructions(cell);
  const scores = probeScores(cell, [column]);
  return scores.every((own) => own.length > 0) ? scores : undefined;
}

/** Cells with one row each in the shape of a published table of reconstruction and probe scores (Tables 1 and 2). */
export function rowTable(
  id: string,
  caption: string,
  cells: readonly CellResult[],
  rng: RandomStream,
): ResultTable {
  const published = publishedTable(id);
  const columns = [...published.columns.slice(0, 3), "ggap", ...published.columns.slice(3)];
  return intervalTable(
    { id, caption, rowKey: published.rowKey, rows: published.rows, columns },
    (row, column) => {
      const cell = cells.find((candidate) => candidate.row === row);
      const scores = cell && columnScores(cell, column);
      return scores && seedInterval(scores, rng.split(row, column));
    },
  );
}

/** Cells with a row and a column each (Table 3): reconstruction. */
export function gridTable(
  id: string,
  caption: string,
  cells: readonly CellResult[],
  rng: RandomStream,
): ResultTable {
  const { rowKey, rows, columns } = publishedTable(id);
  return intervalTable({ id, caption, rowKey, rows, columns: [...columns] }, (row, column) => {
    const cell = cells.find((candidate) => candidate.row === row && candidate.column === column);
    const scores = cell && reconstructions(cell);
    return scores && seedInterval(scores, rng.split(row, column));
  });
}

/** One line a cell: the reconstruction R2 (percent) of each seed, and how far they lie apart. */
export function seedSpread(cells: readonly CellResult[]): Record<string, string | number | null>[] {
  return cells.map((cell) => {
    const { row, column, runs } = cell;
    const values = runs.map(({ reconstruction, probes }) => ({
      rec: reconstruction ? scorePercent(reconstruction) : null,
      acc: probes.find(({ target }) => target === "acc")?.interval.value ?? null,
    }));
    const lists = (of: "rec" | "acc") => values.map((value) => value[of]);
    const seconds = runs.map(
      ({ representation }) => representation.model.curve.at(-1)?.seconds ?? Number.NaN,
    );
    return {
      cell: column === undefined ? row : `${row}, ${column}`,
      ...seedColumns("reconstruction", lists("rec")),
      ...(values.some(({ acc }) => acc !== null) ? seedColumns("accuracy", lists("acc")) : {}),
      parameters: runs[0].representation.parameters,
      steps: runs[0].representation.model.config.steps,
      "seconds of one core": Math.round(Math.max(...seconds)),
    };
  });
}

function seedColumns(name: string, values: readonly (number | null)[]): Record<string, string | null> {
  const known = values.filter((value) => value !== null);
  const text = known.length === 0 ? null : known.map((value) => value.toFixed(1)).join(" / ");
  return { [`${name}, by seed`]: text };
}
