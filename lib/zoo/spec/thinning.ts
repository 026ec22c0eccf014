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
 * Which models of a grid are kept when fewer are wanted.
 *
 * Structural classes (combinations of structural levels) keep equal shares, to within four models, in multiples of
 * four so that models train in lock-step; one class keeps the few that are left over. Which classes keep four more is
 * balanced over the levels of each structural field, to within one class. Where no class has room for four more, or
 * fewer than four a class are wanted, single models are shared out likewise. Where whole combinations stay together,
 * units are combinations instead, as many as make a multiple of four models.
 *
 * Each level of the other fields comes up equally often, to within one combination. Combinations keep all of their
 * models as long as every class keeps at least one combination.
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
  const aligned = leastCommonMultiple(lanes, block);
  const units = aligned * product(levels) <= wanted ? [aligned, block, 1] : [block, 1];
  return sharesOf(levels, perClass, wanted, units, rng);
}

/**
 * Shares models out to classes in units, as equally as can be.
 * @param room of each class
 * @param units largest first, the last one 1: the next is taken when no class has room for one more of the first
 */
function sharesOf(
  levels: readonly number[],
  room: number,
  wanted: number,
  [unit, ...smaller]: readonly number[],
  rng: RandomStream,
): number[] {
  const classes = product(levels);
  const each = unit * Math.min(Math.floor(wanted / (unit * classes)), Math.floor(room / unit));
  const left = wanted - each * classes;
  const shares = new Array<number>(classes).fill(each);
  if (left === 0) return shares;
  if (each + unit > room) {
    return sharesOf(levels, room - each, left, smaller, rng).map((share) => each + share);
  }
  const favoured = balancedChoice(levels, Math.ceil(left / unit), rng, noCounts(levels));
  for (const index of favoured) shares[index] += unit;
  const missing = favoured.length * unit - left;
  if (missing > 0) shares[rng.pick(favoured)] -= missing;
  return shares;
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
