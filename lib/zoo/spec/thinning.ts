import { RandomStream } from "../../core/random.js";
import { lanes } from "../lanes.js";
import { balancedChoice, noCounts } from "./balanced-choice.js";

/** A grid with more models than are wanted. */
export interface FullGrid {
  /** Levels of the fields that models in lock-step share, slowest first. */
  readonly structural: readonly number[];
  /** Levels of the other fields, slowest first. */
  readonly others: readonly number[];
  /** Models a combination, which vary fastest. */
  readonly repeats: number;
  /** Whether a combination's models should stay together, as those of a list of seeds do. */
  readonly whole: boolean;
}

/**
 * Which models of a grid are kept when fewer are wanted. Each structural class keeps an equal share, in multiples of
 * four where there is room for that, and each level of the other fields comes up equally often (to within one
 * combination). Combinations keep all of their models as long as every class keeps at least one combination.
 * @param seed of the stream that decides where balance leaves a choice
 * @returns indices into the full grid, ascending
 */
export function thinGrid(grid: FullGrid, wanted: number, seed: number): number[] {
  const { structural, others, repeats } = grid;
  const rng = RandomStream.fromSeed(seed).split("thinning");
  const perClass = product(others) * repeats;
  const whole = grid.whole && Math.floor(wanted / repeats) >= product(structural);
  const quotas = classQuotas(structural, perClass, wanted, whole ? repeats : 1, rng.split("classes"));
  const levels = whole ? others : [...others, repeats];
  const counts = noCounts(levels);
  return quotas.flatMap((quota, index) => {
    const points = balancedChoice(levels, whole ? Math.ceil(quota / repeats) : quota, rng, counts);
    const models = whole ? points.flatMap((point) => run(point * repeats, repeats)) : points;
    return models.slice(0, quota).map((model) => index * perClass + model);
  });
}

/** Models that each structural class keeps. */
function classQuotas(
  levels: readonly number[],
  perClass: number,
  wanted: number,
  block: number,
  rng: RandomStream,
): number[] {
  const classes = product(levels);
  const aligned = leastCommonMultiple(lanes, block);
  const unit = aligned * classes <= wanted && aligned <= perClass ? aligned : block;
  const rounds = Math.min(Math.floor(wanted / unit / classes), Math.floor(perClass / unit));
  const quotas = new Array<number>(classes).fill(rounds * unit);
  const more = Math.floor(wanted / unit) - rounds * classes;
  if ((rounds + 1) * unit <= perClass) {
    for (const index of balancedChoice(levels, more, rng, noCounts(levels))) quotas[index] += unit;
  }
  // Less than a unit is left, or less than a unit's room in each class.
  let left = wanted - quotas.reduce((sum, quota) => sum + quota, 0);
  return quotas.map((quota) => {
    const added = Math.min(left, perClass - quota);
    left -= added;
    return quota + added;
  });
}

function run(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

function product(values: readonly number[]): number {
  return values.reduce((all, value) => all * value, 1);
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}
