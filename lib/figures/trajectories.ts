import { dendrogramLayout, pointsOfCluster, subLinkage } from "../analysis/dendrogram.js";
import { checkOptions } from "../core/errors.js";
import type { TrajectoryRun } from "../experiments/trajectory-order.js";
import type { TruncatedSvd } from "../representations/svd.js";
import { learningCurves } from "./curves.js";
import { dendrogramFigure } from "./dendrogram.js";
import type { Figure } from "./figure.js";

export interface TreeOfModelsOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Models to draw, the first ones; all when left out. One model draws the inside of its cluster. */
  readonly models?: number;
  /** Space by the row of the published table; full weight space when left out. */
  readonly space?: string;
}

/** Dendrogram of some models of a run (Figs. 4, 8 and 9 of the trajectory papers), coloured by model. */
export function dendrogramOfModels(run: TrajectoryRun, options: TreeOfModelsOptions = {}): Figure {
  checkOptions(options, ["title", "subtitle", "models", "space"], "dendrogramOfModels");
  const { models = run.zoo.models, space, title, subtitle } = options;
  const { linkage, scores } = run.spaces.find((result) => result.space === space) ?? run.spaces[0];
  const { model, epoch } = run.zoo.facts;
  const points =
    models === 1
      ? pointsOfCluster(scores.labels, scores.labels[0])
      : Int32Array.from(model.keys()).filter((i) => model[i] < models);
  const pick = (values: Int32Array) => Int32Array.from(points, (i) => values[i]);
  const layout = dendrogramLayout(subLinkage(linkage, points), pick(model), pick(epoch), {
    labels: canonical(pick(scores.labels)),
  });
  return dendrogramFigure(layout, { title, subtitle });
}

/** Labels renamed 0, 1, 2, ... in order of first appearance. */
function canonical(labels: Int32Array): Int32Array {
  const names = new Map<number, number>();
  return labels.map((label) => {
    if (!names.has(label)) names.set(label, names.size);
    return names.get(label) as number;
  });
}

/** How much of the checkpoints' spread the leading components carry, per zoo: cumulative share against their number. */
export function spectrumCurves(
  spectra: readonly { readonly name: string; readonly svd: TruncatedSvd }[],
): Figure {
  const panels = spectra.map(({ name, svd }) => {
    let sum = 0;
    const middle = Array.from(svd.explained, (share) => {
      sum += share;
      return sum;
    });
    const epochs = middle.map((_, i) => i + 1);
    return {
      name,
      axis: "share of the sum of squares",
      tickformat: ".0%",
      curves: [{ name: "leading components", epochs, middle }],
    };
  });
  return learningCurves(panels, {
    title: "How much of the weights the leading components carry",
    subtitle:
      "Cumulative share of the sum of squares of all checkpoints' weights, truncated SVD without centring",
    x: "components",
  });
}
