import { quantile } from "../../core/numeric/bootstrap.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import type { ModelParts } from "./model-parts.js";

/** What a range of -5 to 5 sees of models, by initialiser: medians over models. */
export type Spread = {
  readonly initialiser: string;
  readonly models: number;
  readonly "5th percentile": number;
  readonly "95th percentile": number;
  /** Between the middle 2 of 32 bins, percent of the weights. */
  readonly "in the two middle bins": number;
  readonly "the same, standardised": number;
};

/** Half of the middle two of 32 bins from -5 to 5. */
const middle = 5 / 16;

/**
 * How far the weights of the evaluated models reach, by initialiser, and how much of them falls into two of the 32 bins:
 * Eilertsen et al. 2024 take -5 to 5, "on average" the 5th and 95th percentile of their library.
 */
export function spreadTable(
  zoo: Zoo,
  { evaluated, facts }: Pick<ModelParts, "evaluated" | "facts">,
): Spread[] {
  const kinds = [...new Set(facts.init)].sort();
  return kinds.map((initialiser) => {
    const rows = [...evaluated.rows].filter((_, place) => facts.init[place] === initialiser);
    const found = rows.map((row) => spreadOf(zoo.weightsOf(row)));
    const medianOf = (of: (one: Measured) => number) => quantile(found.map(of).sort(ascending), 0.5);
    return {
      initialiser,
      models: rows.length,
      "5th percentile": medianOf(({ low }) => low),
      "95th percentile": medianOf(({ high }) => high),
      "in the two middle bins": medianOf(({ raw }) => raw),
      "the same, standardised": medianOf(({ standardised }) => standardised),
    };
  });
}

interface Measured {
  readonly low: number;
  readonly high: number;
  readonly raw: number;
  readonly standardised: number;
}

function spreadOf(theta: Float32Array): Measured {
  const sorted = Array.from(theta).sort(ascending);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const deviation = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
  const share = (of: (value: number) => number) =>
    (100 * sorted.filter((value) => Math.abs(of(value)) <= middle).length) / sorted.length;
  return {
    low: quantile(sorted, 0.05),
    high: quantile(sorted, 0.95),
    raw: share((value) => value),
    standardised: share((value) => (value - mean) / (deviation || 1)),
  };
}

function ascending(a: number, b: number): number {
  return a - b;
}
