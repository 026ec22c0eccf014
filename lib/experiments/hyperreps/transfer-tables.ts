import type { TransferCell } from "../../analysis/probes/transfer.js";
import type { ResultTable } from "../../core/tables.js";
import { intervalTable } from "../interval-table.js";
import { publishedTable } from "../published.js";
import { jointName } from "./transfer-trainings.js";

/** Targets that are ranked, columns of the facts: Table 7's, and the two of the appendix that the paper does not print. */
export const transferTargets = { ggap: "generalization_gap", acc: "test_accuracy", eph: "epoch" };

export type TransferTarget = keyof typeof transferTargets;

const words: Readonly<Record<TransferTarget, string>> = {
  ggap: "generalisation gap",
  acc: "test accuracy",
  eph: "epoch",
};

/** Representations that Table 7 has. */
export const publishedColumns: readonly string[] = ["W", "sW", "Ec+D"];

const jointNote = `${jointName} was trained on the training weights, never the facts, of all these zoos, so that to it none of them is out of distribution`;

/** Which table is made of which cells. */
export interface TransferTableFrame {
  /** Published names of the zoos that there are. */
  readonly zoos: readonly string[];
  readonly target: TransferTarget;
  readonly representations: readonly string[];
  /** What was measured on what, for the caption. */
  readonly setting: string;
}

/**
 * Cells in the shape of Table 7: fitted on x applied to / representation, tau; null where there is no cell or no tau. A
 * table of representations that the paper lacks has "-extra" in its id.
 */
export function transferTable(cells: readonly TransferCell[], frame: TransferTableFrame): ResultTable {
  const { zoos, target, representations, setting } = frame;
  const { caption, rowKey, rows: published } = publishedTable("hyperreps/ood-ggap");
  const rows = published.filter((row) => zoos.includes(row));
  const isPublished = representations.every((name) => publishedColumns.includes(name));
  const parts = [
    caption.replace(words.ggap, words[target]),
    ...(isPublished ? [] : ["representations that the paper lacks"]),
    ...(representations.includes(jointName) ? [jointNote] : []),
    setting,
  ];
  const table = {
    id: `hyperreps/ood-${target}${isPublished ? "" : "-extra"}`,
    caption: parts.join("; "),
    rowKey,
    rows,
    columns: rows.flatMap((zoo) => representations.map((name) => `${zoo}/${name}`)),
  };
  return intervalTable(table, (row, column) => {
    const [zoo, name] = column.split("/");
    const found = (cell: TransferCell) =>
      cell.target === target && cell.fittedOn === row && cell.zoo === zoo && cell.representation === name;
    return cells.find(found)?.interval;
  });
}
