import type { AtlasData } from "../data/decoded.js";
import { type Members, noMembers } from "./members.js";

/** A part of an axis, in positions 0..1 from its lower end. */
export type Interval = readonly [low: number, high: number];

/** A selection that was given a name. */
export interface NamedSelection {
  readonly name: string;
  readonly members: Members;
}

/** Which part of the plane is seen: its middle, and pixels a unit; the renderer fits all points when there is none. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Everything that a link to the page must bring back. Changed by making a new one. */
export interface AtlasState {
  /** Name of the embedding. */
  readonly embedding: string;
  /** Name of the column that colours points. */
  readonly color: string;
  /** Colours numbers by their place within each group of the atlas' grouping column, as the paper does. */
  readonly isNormalized: boolean;
  readonly camera: Camera | undefined;
  /** Columns of the parallel coordinates, from left to right. */
  readonly axes: readonly string[];
  /** By column; the models outside any of them are not selected. */
  readonly brushes: Readonly<Record<string, Interval>>;
  /** What lasso, box, click or search picked. Brushes narrow it; with brushes and none picked they narrow all. */
  readonly picked: Members;
  readonly saved: readonly NamedSelection[];
  /** The one model that is looked at, or undefined. */
  readonly focus: number | undefined;
  /** Names of the two selections that are compared: of saved ones, "selection" or "all". */
  readonly compared: readonly [string, string];
}

/** What the page shows first. */
export function initialState(data: AtlasData): AtlasState {
  return {
    embedding: data.embeddings[0].name,
    color: data.color ?? data.columns[0]?.name ?? "",
    isNormalized: data.normalizeBy !== undefined,
    camera: undefined,
    axes: firstAxes(data),
    brushes: {},
    picked: noMembers,
    saved: [],
    focus: undefined,
    compared: ["selection", "all"],
  };
}

/** Names that mean something else than a saved selection. */
export const reservedNames = ["selection", "all"] as const;

const mostAxes = 7;

/** Columns that set models apart and are not their numbers, the colouring column last, as in the paper's figures. */
function firstAxes(data: AtlasData): string[] {
  const dull = /^(model|epoch|seed|split|trained_epochs|f1_class_\d+|.*_loss|train_accuracy|loss|diverged)$/;
  const telling = data.columns.filter((column) => {
    if (column.kind === "level") return column.levels.length > 1 && column.levels.length <= 40;
    const { values } = column;
    return values.some((value) => Number.isFinite(value) && value !== values[0]);
  });
  const chosen = telling
    .filter(({ name }) => !dull.test(name) && name !== data.color)
    .map(({ name }) => name);
  const last = telling.find(({ name }) => name === data.color);
  return last ? [...chosen.slice(0, mostAxes - 1), last.name] : chosen.slice(0, mostAxes);
}

/** The first unused letter, then A2, B2, ...: the paper calls its clusters so. */
export function freshName(saved: readonly NamedSelection[]): string {
  const used = new Set(saved.map(({ name }) => name));
  for (let round = 1; ; round++) {
    for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
      const name = round === 1 ? letter : `${letter}${round}`;
      if (!used.has(name)) return name;
    }
  }
}

/** Moves an axis by so many places; at the ends it stays. */
export function moveAxis(axes: readonly string[], name: string, places: number): string[] {
  const from = axes.indexOf(name);
  const rest = axes.filter((axis) => axis !== name);
  if (from < 0) return rest;
  rest.splice(Math.min(rest.length, Math.max(0, from + places)), 0, name);
  return rest;
}
