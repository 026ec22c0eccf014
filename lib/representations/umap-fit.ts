import { findABParams } from "umap-js/dist/umap.js";
import { exactNeighbors } from "../compute/neighbors.js";
import { interruptible } from "../core/interrupt.js";
import type { Matrix } from "../core/matrix.js";
import { Pacer } from "../core/numeric/pacer.js";
import type { Points } from "../core/numeric/points.js";
import type { LongRunOptions } from "../core/progress.js";
import type { RandomStream } from "../core/random.js";
import { fuzzyGraph, type WeightedEdges } from "./umap-graph.js";
import { attract, negativesOfEach, repel } from "./umap-layout.js";

export interface UmapFitOptions extends LongRunOptions {
  /** Initial positions and negative samples. */
  readonly rng: RandomStream;
  /** Size of a point's neighbourhood, the point itself included. */
  readonly neighbors: number;
  readonly minDist: number;
  readonly components: number;
  /** Rounds of optimisation. */
  readonly epochs: number;
}

/** Edges between two looks at the clock. */
const edgesAtOnce = 1024;

/**
 * The embedding of `umap` for wide neighbourhoods and many components: umap-js holds the graph in string-keyed maps,
 * whose construction takes seconds that nothing can interrupt at 25 neighbours, and its points in arrays of arrays. As
 * there, the start is random, uniform in [-10, 10].
 * @returns [rows, components]
 */
export async function umapFit(points: Points, options: UmapFitOptions): Promise<Matrix> {
  const { neighbors, minDist, components: cols, epochs, rng } = options;
  const { signal, onProgress } = interruptible(options);
  const { rows } = points;
  const found = await exactNeighbors(points, neighbors - 1, { signal, onProgress });
  const pacer = new Pacer("UMAP", epochs, "epochs", { signal, onProgress });
  const { heads, tails, weights } = lastingEdges(fuzzyGraph(found), epochs);
  const curve = findABParams(1, minDist);
  const places = { data: Float64Array.from({ length: rows * cols }, () => rng.uniform(-10, 10)), cols };
  const due = new Float64Array(weights.length);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = 1 - epoch / epochs;
    for (let e = 0; e < weights.length; e++) {
      if (e % edgesAtOnce === 0 && pacer.due()) await pacer.pause();
      due[e] += weights[e];
      if (due[e] < 1) continue;
      due[e] -= 1;
      attract(places, heads[e], places, tails[e], curve, step, true);
      for (let n = 0; n < negativesOfEach; n++) {
        repel(places, heads[e], places, rng.integer(rows), curve, step);
      }
    }
    await pacer.add(1);
  }
  return { data: Float32Array.from(places.data), rows, cols };
}

/** Edges that act at least once in so many epochs, the heaviest in each. */
function lastingEdges({ heads, tails, weights }: WeightedEdges, epochs: number): WeightedEdges {
  const heaviest = weights.reduce((largest, weight) => Math.max(largest, weight), 0);
  const lasts = (_: number, e: number) => weights[e] * epochs >= heaviest;
  return {
    heads: heads.filter(lasts),
    tails: tails.filter(lasts),
    weights: weights.filter(lasts).map((weight) => weight / heaviest),
  };
}
