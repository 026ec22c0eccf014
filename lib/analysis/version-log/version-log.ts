import { checkOptions, SpecError } from "../../core/errors.js";
import { Pacer } from "../../core/numeric/pacer.js";
import { checkPoints, type Points } from "../../core/numeric/points.js";
import { familyTree } from "./branches.js";
import { distinctRows } from "./copies.js";
import { type Walk, walkProbabilities } from "./direction.js";
import { distanceTable, subTable } from "./distance-table.js";
import { familiesOf } from "./families.js";
import { type Likeness, likenessOf } from "./likeness.js";
import { shortPath } from "./path.js";
import { clearnessOf, forkOf, gapsBetween, tailWeights } from "./sureness.js";
import type { DistanceTable, Link, LoggedRun, VersionLog, VersionLogOptions } from "./types.js";
import { possibleRoots, type RootedTree, rootedTree, walkOf } from "./walks.js";

/** Most rows: their distances and those of the largest family take 16 bytes a pair, 400 MB here. */
const mostRows = 5000;

/** A family with all roots that it may have grown from. */
interface Family {
  /** Distinct rows, as places in the list of them. */
  readonly members: readonly number[];
  readonly table: DistanceTable;
  readonly trees: readonly RootedTree[];
  readonly walks: readonly Walk[];
}

/**
 * Which checkpoints belong to one training, in which order they were trained, and which training left which: the version
 * control that Schuerholt and Borth (2020, 2021) propose, from the weights alone. Names and order of the rows mean
 * nothing.
 *
 * Runs that share nothing are told apart by the minimum spanning tree (single linkage) and by their angle, so their
 * number need not be known. Within a family of related checkpoints a short path through all of them is the order: a
 * checkpoint's distance grows with the training between. Where the path jumps, a run left another. The direction is
 * judged by falling steps, and by what norms and tails do in all runs together. Scaling all weights, or permuting the
 * weights in the same way in all rows, changes nothing but rounding.
 *
 * It cannot tell runs of very few weights (some hundred) for sure, whose directions meet by chance; nor a fork that goes
 * on with the same data and settings, which stays nearer to its parent than a step is long and is woven into it; nor two
 * runs from one start that is not among the rows, which look like one.
 * @param points weights, one row a checkpoint: at least one, at most 5,000; all of one layout
 * @throws SpecError for unknown options, too few or too many rows, or tensors that do not fill a row; DataError on NaN
 *   or infinity, naming the row; InterruptedError
 */
export async function versionLog(points: Points, options: VersionLogOptions = {}): Promise<VersionLog> {
  const tensors = checkInput(points, options);
  const { rows, copies } = distinctRows(points);
  const pacer = new Pacer("version log", (rows.length * (rows.length - 1)) / 2, "distances", options);
  const table = await distanceTable(points, rows, pacer);
  const likeness = likenessOf(points, rows, tensors);
  const facts = { norms: likeness.norms, tails: tailWeights(points, rows) };
  const families: Family[] = [];
  for (const members of familiesOf(table, likeness, options.runs)) {
    const own = subTable(table, members);
    const links: Link[] = familyTree(own, await shortPath(own, pacer));
    const trees = possibleRoots(own.size, links).map((root) => rootedTree(own, links, root));
    const pick = (values: Float64Array) => members.map((member) => values[member]);
    const ownFacts = { norms: pick(facts.norms), tails: pick(facts.tails) };
    const walks = trees.map((tree) => walkOf(own, links, tree, ownFacts));
    families.push({ members, table: own, trees, walks });
  }
  families.sort((a, b) => b.members.length - a.members.length || a.members[0] - b.members[0]);
  const odds = walkProbabilities(families.map(({ walks }) => walks));
  const gaps = gapsBetween(
    table,
    families.map(({ members }) => members),
  );
  const runs: LoggedRun[] = [];
  families.forEach((family, number) => {
    const first = runs.length;
    const logged = logFamily(family, odds[number], likeness, rows);
    const longest = Math.max(...logged.flatMap(({ steps, fork }) => [...steps, fork?.distance ?? 0]), 0);
    const separation = longest > 0 ? gaps[number] / longest : Number.POSITIVE_INFINITY;
    for (const run of logged) {
      const fork = run.fork && { ...run.fork, parent: first + run.fork.parent };
      runs.push({ ...run, fork, family: number, separation });
    }
  });
  return { runs, families: families.length, copies };
}

/** Runs of one family, walked from its likeliest root; parents are numbered from 0. */
function logFamily(
  { members, table, trees }: Family,
  odds: readonly number[],
  likeness: Likeness,
  rows: Int32Array,
): Omit<LoggedRun, "family" | "separation">[] {
  const tree = trees[odds.indexOf(Math.max(...odds))];
  const rowOf = (point: number) => rows[members[point]];
  return tree.runs.map(({ points, parent }) => {
    const [start, second = -1] = points;
    const before = tree.before[start];
    // A run of one checkpoint goes forwards when its fork does.
    const [from, to] = second >= 0 ? [start, second] : [before, start];
    const forwards = trees.reduce((sum, other, i) => sum + (other.before[to] === from ? odds[i] : 0), 0);
    const parentPoints = parent < 0 ? [] : tree.runs[parent].points;
    const fork = parent < 0 ? null : forkOf(table, start, before, parentPoints, members, likeness);
    return {
      checkpoints: Int32Array.from(points, rowOf),
      steps: Float64Array.from(points.slice(1), (point, i) => table.data[points[i] * table.size + point]),
      fork: fork && { ...fork, parent, checkpoint: rowOf(before) },
      direction: points.length === 1 && parent < 0 ? 1 : Math.min(1, forwards),
      clearness: clearnessOf(table, points),
    };
  });
}

function checkInput(points: Points, options: VersionLogOptions): readonly number[] {
  checkOptions(options, ["runs", "tensors", "signal", "onProgress"], "versionLog");
  checkPoints(points, "versionLog");
  const { rows, cols } = points;
  if (rows < 1 || rows > mostRows) {
    throw new SpecError(
      "version-log/rows",
      `versionLog takes 1 to ${mostRows.toLocaleString("en")} checkpoints but got ${rows}; give a part of them`,
      { value: rows },
    );
  }
  const { runs, tensors = [cols] } = options;
  if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1)) {
    throw new SpecError("version-log/runs", `versionLog got ${runs} runs; give a whole number from 1 on`, {
      value: runs,
    });
  }
  if (tensors.reduce((sum, length) => sum + length, 0) !== cols) {
    throw new SpecError(
      "version-log/tensors",
      `versionLog got tensors of ${tensors.join(" + ")} weights for rows of ${cols}; their lengths must add up`,
      { value: tensors },
    );
  }
  return tensors;
}
