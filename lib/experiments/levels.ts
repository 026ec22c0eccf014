import { SpecError } from "../core/errors.js";
import { bootstrapInterval, quantile } from "../core/numeric/bootstrap.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { ScoreRow } from "../core/tables.js";
import { type FactsRow, factsRow } from "../zoo/facts.js";
import { lastRows } from "../zoo/model-rows.js";
import type { Zoo } from "../zoo/store/zoo.js";
import { claimRow } from "./claims.js";
import { type CurveByEpoch, curveByEpoch, numericColumn } from "./learning.js";
import type { ClaimOptions } from "./weight-distributions.js";

type LevelValue = string | number | boolean;

/** A field's value in each row of the facts. */
function valuesOf(zoo: Zoo, field: string): ArrayLike<LevelValue> {
  const column = zoo.facts[field];
  if (column !== undefined) return column;
  throw new SpecError("facts/column", `a zoo's facts have no column "${field}"`, { value: field });
}

/** Values of a field in the order in which the zoo's models first have them. */
function levelsOf(zoo: Zoo, field: string): LevelValue[] {
  return [...new Set(Array.from(valuesOf(zoo, field)))];
}

/** Models that a comparison is among: those that have these values, e.g. { optimizer: "adam" }. */
export type Among = Readonly<Record<string, string | number | boolean>>;

function isAmong(row: FactsRow, among: Among): boolean {
  return Object.entries(among).every(([field, value]) => row[field] === value);
}

/**
 * A numeric fact by epoch, one curve a level of a field that the zoo varies.
 * @param field e.g. "optimizer"
 * @param column e.g. "test_accuracy"
 * @param among the models that count; all by default
 * @throws SpecError when the zoo has no such column
 */
export function levelCurves(zoo: Zoo, field: string, column: string, among: Among = {}): CurveByEpoch[] {
  const values = numericColumn(zoo, column);
  return levelsOf(zoo, field).map((level) =>
    curveByEpoch(
      zoo,
      typeof level === "string" ? level : `${field.replaceAll("_", " ")} ${level}`,
      (index) => values[index],
      (row) => row[field] === level && isAmong(row, among),
    ),
  );
}

/** One level of a field: how its models end. */
export type LevelSummary = {
  readonly level: LevelValue;
  readonly models: number;
  readonly diverged: number;
  /** Over the models that did not diverge, at their last checkpoint; NaN where all did. */
  readonly low: number;
  readonly median: number;
  readonly high: number;
};

/**
 * A numeric fact of the last checkpoints, by level of a field: its median and the ends of the band that holds 95 percent
 * of the models.
 * @throws SpecError when the zoo has no such column
 */
export function levelTable(zoo: Zoo, field: string, column: string): LevelSummary[] {
  const values = valuesOf(zoo, field);
  return levelsOf(zoo, field).map((level) => {
    const rows = lastRows(zoo.facts).filter((row) => values[row] === level);
    const sorted = soundValues(zoo, rows, column).sort((a, b) => a - b);
    return {
      level,
      models: rows.length,
      diverged: rows.length - sorted.length,
      low: quantile(sorted, 0.025),
      median: quantile(sorted, 0.5),
      high: quantile(sorted, 0.975),
    };
  });
}

function soundValues(zoo: Zoo, rows: readonly number[], column: string): number[] {
  const values = numericColumn(zoo, column);
  return rows.filter((row) => !zoo.facts.diverged[row]).map((row) => values[row]);
}

/** A claim of one's own about two levels of a field. */
export interface LevelClaim {
  readonly field: string;
  /** The level that is claimed to be higher. */
  readonly higher: LevelValue;
  readonly lower: LevelValue;
  /** Numeric fact that is compared at the last checkpoints; "test_accuracy" by default. */
  readonly column?: string;
  /** The models that count; all by default. */
  readonly among?: Among;
}

/**
 * Judges a claim of one's own: the mean of one level's models lies above that of another's. The interval comes from
 * resampling the models of both; diverged models are left out.
 * @throws SpecError when the zoo has no such column, or a level has no model that did not diverge
 */
export function levelClaim(zoo: Zoo, claim: LevelClaim, { rng }: ClaimOptions): ScoreRow {
  const { field, higher, lower, column = "test_accuracy", among = {} } = claim;
  const rows = lastRows(zoo.facts).filter((row) => isAmong(factsRow(zoo.facts, row), among));
  const levels = valuesOf(zoo, field);
  const unitsOf = (level: LevelValue) => {
    const own = rows.filter((row) => levels[row] === level);
    const values = soundValues(zoo, own, column);
    if (values.length > 0) return values;
    throw new SpecError("facts/level", `no model that did not diverge has ${field} ${level}`, {
      value: level,
    });
  };
  const [above, below] = [unitsOf(higher), unitsOf(lower)];
  const units = [
    ...above.map((value) => ({ above: true, value })),
    ...below.map((value) => ({ above: false, value })),
  ];
  const gap = (sample: typeof units) => {
    const mean = (side: boolean) =>
      meanOf(sample.filter((unit) => unit.above === side).map((unit) => unit.value));
    return mean(true) - mean(false);
  };
  return claimRow({
    claim: `${column.replaceAll("_", " ")} of ${field} ${higher} minus that of ${lower}${amongWords(among)}`,
    source: "this notebook",
    interval: bootstrapInterval(units, (sample) => gap([...sample]), {
      rng: rng.split(zoo.spec.name, field),
    }),
    inequality: { relation: ">", bound: 0 },
    setting: `${above.length} and ${below.length} models, ${zoo.data.name}`,
  });
}

function amongWords(among: Among): string {
  const parts = Object.entries(among).map(([field, value]) => `${field} ${value}`);
  return parts.length > 0 ? `, among ${parts.join(", ")}` : "";
}
