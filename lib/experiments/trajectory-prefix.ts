import { trajectoryShapes } from "../analysis/trajectory-shape.js";
import { meanOf } from "../core/numeric/vectors.js";
import type { TrajectoryRun } from "./trajectory-order.js";

/**
 * Ordered first epochs in full space by whether a model's longest step is its first. Where steps grow before they shrink,
 * as on a plateau at the start, a later checkpoint joins the tree higher than the first, and the prefix breaks at once.
 * Clusters count for their dominant model.
 */
export function prefixByLongestStep(
  runs: Readonly<Record<string, TrajectoryRun>>,
): Record<string, string | number>[] {
  return Object.entries(runs).flatMap(([name, { zoo, spaces }]) => {
    const { clusters } = spaces[0].scores;
    const longest = new Map(
      trajectoryShapes(zoo.weights, zoo.facts.model, zoo.facts.epoch).map(({ model, stepLength }) => [
        model,
        longestStep(stepLength),
      ]),
    );
    const groups = {
      "the first": clusters.filter(({ model }) => longest.get(model) === 1),
      "a later one": clusters.filter(({ model }) => longest.get(model) !== 1),
      any: clusters,
    };
    return Object.entries(groups).map(([which, members]) => ({
      zoo: name,
      "longest step": which,
      models: members.length,
      "ordered first epochs": meanOf(members.map(({ orderedInitialEpochs }) => orderedInitialEpochs)),
      "of them none": members.filter(({ orderedInitialEpochs }) => orderedInitialEpochs === 0).length,
    }));
  });
}

/** Number of the longest step, from 1: the one from the first kept epoch to the second. */
function longestStep(steps: Float64Array): number {
  let longest = 1;
  for (let step = 2; step < steps.length; step++) if (steps[step] > steps[longest]) longest = step;
  return longest;
}
