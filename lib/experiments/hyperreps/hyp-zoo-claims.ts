import { publishedTargets } from "../../analysis/probes/targets.js";
import type { Interval } from "../../core/numeric/bootstrap.js";
import type { RandomStream } from "../../core/random.js";
import type { ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { publishedTable } from "../published.js";
import type { KeptTable } from "./kept-columns.js";
import type { CellResult } from "./runs.js";
import { type SeedScores, seedDifference, smallestDifference } from "./scores.js";
import { probeScores } from "./tables.js";

/** Targets of Table 6, columns of the facts by published name: all of the paper's but the classes' F1. */
export const hypZooTargets: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(publishedTargets).filter(([name]) => !name.startsWith("f1")),
);

/** What claims ask of a zoo of Table 6 in our run. */
export interface HypZooScores {
  /** Published name, e.g. "MNIST-HYP". */
  readonly name: string;
  /** W, sW, and what the paper lacks: sW56 (with biases), trees on both. */
  readonly baselines: KeptTable;
  /** EcD. */
  readonly learned: CellResult;
}

/** What is said of each zoo. */
interface Statement {
  readonly above: string;
  readonly below: string;
  readonly targets: readonly string[];
  readonly words: string;
  /** Whether it is said of every target and not of their mean. */
  readonly isEach?: boolean;
}

const all = Object.keys(hypZooTargets);
const numbers = all.filter((target) => target !== "init" && target !== "opt");

/** The text: E beats s(W) "on all downstream tasks" and W on all but initialiser and optimiser, which W tells best. */
const statements: readonly Statement[] = [
  { above: "EcD", below: "W", targets: ["acc"], words: "accuracy" },
  { above: "EcD", below: "sW", targets: ["acc"], words: "accuracy" },
  { above: "EcD", below: "W", targets: numbers, words: "mean of all but initialiser and optimiser" },
  {
    above: "EcD",
    below: "W",
    targets: numbers,
    words: "smallest of all but initialiser and optimiser",
    isEach: true,
  },
  { above: "EcD", below: "sW", targets: all, words: "mean of all targets" },
  { above: "EcD", below: "sW", targets: all, words: "smallest of all targets", isEach: true },
  { above: "W", below: "EcD", targets: ["init", "opt"], words: "initialiser and optimiser" },
];

/**
 * What the paper reads from Table 6, zoo by zoo. Intervals resample the test split's models and the seeds of the
 * trainings. Targets that a small zoo does not let be read are left out and named; claims on none are left out.
 */
export function hypClaims(
  zoos: readonly HypZooScores[],
  setting: string,
  tooSmall: string | undefined,
  rng: RandomStream,
): ScoreRow[] {
  return zoos.flatMap((zoo) => {
    const { rows } = zoo.baselines;
    return statements.flatMap((statement) => {
      const targets = statement.targets.filter((target) => rows.includes(target));
      if (targets.length === 0) return [];
      const missing = statement.targets.filter((target) => !rows.includes(target));
      const without = missing.length > 0 ? ` without ${missing.join(", ")}` : "";
      const claim = `${zoo.name}: ${statement.above} minus ${statement.below}, ${statement.words}${without}`;
      const published = printed(zoo.name, { ...statement, targets });
      return [
        claimRow({
          claim: tooSmall ? `${claim}; ${tooSmall}` : claim,
          source: "Table 6 (2021)",
          interval: measured(zoo, { ...statement, targets }, rng.split(claim)),
          inequality: { relation: ">", bound: 0 },
          setting,
          ...(published === undefined ? {} : { published: Number(published.toFixed(2)) }),
          ...(tooSmall ? { verdict: "undecided" as const } : {}),
        }),
      ];
    });
  });
}

function measured(
  zoo: HypZooScores,
  { above, below, targets, isEach }: Statement,
  rng: RandomStream,
): Interval {
  const pair = (own: readonly string[]) => ({ a: scores(zoo, above, own), b: scores(zoo, below, own) });
  if (isEach) {
    const pairs = targets.map((target) => pair([target]));
    return smallestDifference(pairs, rng);
  }
  const { a, b } = pair(targets);
  return seedDifference(a, b, rng);
}

function scores(
  { baselines, learned }: HypZooScores,
  column: string,
  targets: readonly string[],
): SeedScores {
  if (column === learned.row) return probeScores(learned, targets);
  const { rows, columns } = baselines;
  return [targets.map((target) => baselines.cells[rows.indexOf(target)][columns.indexOf(column)])];
}

/** The same from the printed numbers; undefined for a zoo that the paper lacks. */
function printed(zoo: string, { above, below, targets, isEach }: Statement): number | undefined {
  const { rows, columns, values } = publishedTable("hyperreps/hyp-zoos");
  const [over, under] = [above, below].map((column) => columns.indexOf(`${zoo}/${column}`));
  if (over < 0 || under < 0) return undefined;
  const differences = targets.map((target) => {
    const row = values[rows.indexOf(target)];
    return row[over]! - row[under]!;
  });
  return isEach
    ? Math.min(...differences)
    : differences.reduce((sum, value) => sum + value / differences.length, 0);
}
