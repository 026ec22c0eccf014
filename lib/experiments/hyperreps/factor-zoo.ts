import type { ZooVariance } from "../../analysis/zoo-variance.js";
import type { HyperLoss } from "../../representations/hyper/config.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { publishedTable } from "../published.js";
import type { InitClusters } from "./init-clusters.js";
import type { KeptTable } from "./kept-columns.js";
import type { CellResult } from "./runs.js";
import type { SeedScores } from "./scores.js";
import { probeScores, reconstructions } from "./tables.js";

/** Losses that are trained on every zoo of Table 4, of which it prints one. */
export const factorLosses: readonly HyperLoss[] = ["EcD", "Ec+D"];

/** What claims ask of a zoo of Table 4 in our run. */
export interface FactorScores {
  /** Published name, e.g. "MNIST-HYP-1-FIX-SEED"; one of its own where the paper lacks the zoo. */
  readonly name: string;
  readonly baselines: KeptTable;
  /** One of each of `factorLosses`. */
  readonly cells: readonly CellResult[];
  readonly variance: ZooVariance;
  /** UMAP of the weights and how far initialisers part in it; undefined where all are of one. */
  readonly clusters?: InitClusters;
}

/** One of the zoos in our run. */
export interface FactorZoo extends FactorScores {
  readonly zoo: Zoo;
  /** Reconstruction of permuted training rows by the cells, in their order. */
  readonly seen: readonly SeedScores[];
}

/** The loss that Table 4 prints of a zoo; undefined where it lacks the zoo. */
export function printedLoss(zoo: string): string | undefined {
  const { columns } = publishedTable("hyperreps/zoo-factors");
  return columns.find((column) => column.startsWith(`${zoo}/E`))?.split("/")[1];
}

/**
 * Scores of a representation of a zoo: "W", "sW", "EcD" or "Ec+D".
 * @returns undefined where one of the targets could not be read
 */
export function factorScores(
  { baselines, cells }: FactorScores,
  representation: string,
  targets: readonly string[],
): SeedScores | undefined {
  const { rows, columns } = baselines;
  if (targets.some((target) => !rows.includes(target))) return undefined;
  const cell = cells.find(({ row }) => row === representation);
  if (cell) return probeScores(cell, targets);
  const column = columns.indexOf(representation);
  return [targets.map((target) => baselines.cells[rows.indexOf(target)][column])];
}

/** Reconstruction of permuted test rows by one of the losses. */
export function factorReconstructions({ cells }: FactorScores, loss: string): SeedScores | undefined {
  const cell = cells.find(({ row }) => row === loss);
  return cell && reconstructions(cell);
}

/** Mean of what Table 4 prints of some targets; undefined where it lacks one. */
export function printedMean(
  zoo: string,
  representation: string,
  targets: readonly string[],
): number | undefined {
  const { rows, columns, values } = publishedTable("hyperreps/zoo-factors");
  const place = columns.indexOf(`${zoo}/${representation}`);
  const found = targets.map((target) => values[rows.indexOf(target)]?.[place] ?? null);
  if (found.length === 0 || found.includes(null)) return undefined;
  return found.reduce((sum: number, value) => sum + value! / found.length, 0);
}

/** A number of the upper part of Table 4; undefined where it lacks the zoo. */
export function printedMeasure(zoo: string, measure: string): number | undefined {
  const { rows, columns, values } = publishedTable("hyperreps/zoo-variance");
  return values[rows.indexOf(measure)]?.[columns.indexOf(zoo)] ?? undefined;
}
