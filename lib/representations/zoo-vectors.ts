import type { FactsRow } from "../zoo/facts.js";
import type { CommonZoo } from "../zoo/store/zoo-kinds.js";
import type { WeightVectors } from "./vectors.js";

/** Weight vectors of a zoo. */
export interface ZooVectors extends WeightVectors {
  /** Row of the zoo of each vector; `takeFacts(zoo.facts, rows)` says what they are. */
  readonly rows: Int32Array;
}

/**
 * Checkpoints of any zoo, of networks of one shape or several, as vectors that are read from its files when they are asked
 * for.
 * @param select rows of the zoo, or which are taken; by default all of models that did not diverge
 */
export function zooVectors(
  zoo: CommonZoo,
  select?: ArrayLike<number> | ((row: FactsRow) => boolean),
): ZooVectors {
  const diverged = new Set(zoo.diverged);
  const wanted = select ?? (({ model }: FactsRow) => !diverged.has(model));
  const rows = typeof wanted === "function" ? zoo.rowsWhere(wanted) : Int32Array.from(wanted);
  return {
    rows,
    count: rows.length,
    read: (from = 0, to = rows.length) => {
      const asked = rows.subarray(from, to);
      return isMostOf(zoo, asked) ? streamed(zoo, asked) : oneByOne(zoo, asked);
    },
  };
}

/** Whether reading all of the zoo's vectors costs little more than reading these. */
function isMostOf({ facts }: CommonZoo, rows: Int32Array): boolean {
  if (2 * rows.length < facts.model.length) return false;
  return rows.every((row, i) => i === 0 || row > rows[i - 1]);
}

/** @param rows ascending */
async function* streamed(zoo: CommonZoo, rows: Int32Array): AsyncGenerator<Float32Array> {
  let next = 0;
  for await (const { row, vector } of zoo.vectors()) {
    if (row !== rows[next]) continue;
    yield vector;
    if (++next === rows.length) return;
  }
}

function* oneByOne(zoo: CommonZoo, rows: Int32Array): Generator<Float32Array> {
  for (const row of rows) yield zoo.weightsOf(row);
}
