import { checkOptions, SpecError } from "../core/errors.js";
import { countLabels } from "./cut.js";
import type { Linkage } from "./types.js";

/** One link: legs at x0 < x1 that start at y0 and y1, the heights of the two parts, and meet at `height`. */
export interface DendrogramLink {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly height: number;
  /** Model whose checkpoints alone lie below this link; null where models mix or above the cut. */
  readonly model: number | null;
  /** Label of the cluster that the link lies in; null above the cut. */
  readonly cluster: number | null;
}

/** A dendrogram ready to draw, from left to right; leaf i stands at x = i. */
export interface DendrogramLayout {
  readonly links: readonly DendrogramLink[];
  readonly leaves: readonly DendrogramLeaf[];
  /** Height half-way between the last merge below the cut and the first above it, where there is a cut. */
  readonly cutHeight?: number;
}

export interface DendrogramLeaf {
  /** Index of the point in the linkage; of a collapsed cluster, of its first point. */
  readonly index: number;
  readonly model: number;
  readonly epoch: number;
  /** Points that the leaf stands for. */
  readonly size: number;
}

export interface DendrogramLayoutOptions {
  /** Clusters of a cut of this linkage, from `cutAtCount` or `cutAtHeight`; without it nothing is above the cut. */
  readonly labels?: Int32Array;
  /** Draw each cluster of `labels` as one leaf that starts at its own height. Default false. */
  readonly collapsed?: boolean;
}

/**
 * Lays a linkage out for drawing. At each merge the part with fewer points goes to the left (of equal parts the one
 * whose first point comes first), so that a trajectory whose early epochs join last shows as a saw-tooth falling to the
 * right.
 * @param models model of each point
 * @param epochs epoch of each point
 * @throws SpecError when lengths do not fit or `collapsed` comes without `labels`
 */
export function dendrogramLayout(
  linkage: Linkage,
  models: Int32Array,
  epochs: Int32Array,
  options: DendrogramLayoutOptions = {},
): DendrogramLayout {
  checkOptions(options, ["labels", "collapsed"], "dendrogramLayout");
  const { labels, collapsed = false } = options;
  for (const values of [models, epochs, labels ?? models]) {
    if (values.length === linkage.points) continue;
    throw new SpecError(
      "dendrogram/length",
      `the linkage has ${linkage.points} points; models, epochs and labels need one entry for each`,
      { value: values.length },
    );
  }
  if (collapsed && !labels) {
    throw new SpecError("dendrogram/labels", "a collapsed dendrogram needs the labels of a cut");
  }
  const nodes = describeNodes(linkage, models, labels);
  const order = leafOrder(linkage, nodes, collapsed);
  const leaves = order.map((node) => ({
    index: nodes.first[node],
    model: models[nodes.first[node]],
    epoch: epochs[nodes.first[node]],
    size: nodes.sizes[node],
  }));
  const links = layLinks(linkage, nodes, order);
  const cutHeight = labels && cutBetween(linkage, nodes);
  return { links, leaves, ...(cutHeight !== undefined && { cutHeight }) };
}

/** Facts about the nodes of the tree: points first, then merges. */
interface Nodes {
  readonly heights: Float64Array;
  readonly sizes: Int32Array;
  /** Smallest index of a point below. */
  readonly first: Int32Array;
  /** The one model below, or -1. */
  readonly model: Int32Array;
  /** The one cluster below, or -1. */
  readonly cluster: Int32Array;
}

function describeNodes(linkage: Linkage, models: Int32Array, labels: Int32Array | undefined): Nodes {
  const n = linkage.points;
  const count = n + linkage.heights.length;
  const nodes: Nodes = {
    heights: new Float64Array(count),
    sizes: new Int32Array(count).fill(1),
    first: Int32Array.from({ length: count }, (_, i) => i),
    model: new Int32Array(count),
    cluster: new Int32Array(count),
  };
  nodes.model.set(models);
  if (labels) nodes.cluster.set(labels);
  for (let i = 0; i < linkage.heights.length; i++) {
    const [a, b, node] = [linkage.left[i], linkage.right[i], n + i];
    nodes.heights[node] = linkage.heights[i];
    nodes.sizes[node] = nodes.sizes[a] + nodes.sizes[b];
    nodes.first[node] = Math.min(nodes.first[a], nodes.first[b]);
    nodes.model[node] = nodes.model[a] === nodes.model[b] ? nodes.model[a] : -1;
    nodes.cluster[node] = nodes.cluster[a] === nodes.cluster[b] ? nodes.cluster[a] : -1;
  }
  return nodes;
}

/** Nodes that are drawn as leaves, left to right. Walks with its own stack: single linkage makes deep chains. */
function leafOrder(linkage: Linkage, nodes: Nodes, collapsed: boolean): number[] {
  const n = linkage.points;
  const order: number[] = [];
  const stack = [n + linkage.heights.length - 1];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node < n || (collapsed && nodes.cluster[node] >= 0)) {
      order.push(node);
      continue;
    }
    const [a, b] = [linkage.left[node - n], linkage.right[node - n]];
    const aIsLeft = nodes.sizes[a] - nodes.sizes[b] || nodes.first[a] - nodes.first[b];
    stack.push(...(aIsLeft < 0 ? [b, a] : [a, b]));
  }
  return order;
}

function layLinks(linkage: Linkage, nodes: Nodes, order: readonly number[]): DendrogramLink[] {
  const n = linkage.points;
  const x = new Float64Array(nodes.heights.length).fill(Number.NaN);
  order.forEach((node, place) => {
    x[node] = place;
  });
  const links: DendrogramLink[] = [];
  for (let i = 0; i < linkage.heights.length; i++) {
    const node = n + i;
    const [a, b] = [linkage.left[i], linkage.right[i]];
    if (Number.isNaN(x[a]) || Number.isNaN(x[b])) continue;
    const [from, to] = x[a] < x[b] ? [a, b] : [b, a];
    x[node] = (x[a] + x[b]) / 2;
    const cluster = nodes.cluster[node] < 0 ? null : nodes.cluster[node];
    const model = cluster === null || nodes.model[node] < 0 ? null : nodes.model[node];
    const height = nodes.heights[node];
    links.push({
      x0: x[from],
      x1: x[to],
      y0: nodes.heights[from],
      y1: nodes.heights[to],
      height,
      model,
      cluster,
    });
  }
  return links;
}

function cutBetween(linkage: Linkage, nodes: Nodes): number | undefined {
  const n = linkage.points;
  const above = linkage.heights.findIndex((_, i) => nodes.cluster[n + i] < 0);
  if (above < 0) return undefined;
  return above === 0 ? linkage.heights[0] / 2 : (linkage.heights[above - 1] + linkage.heights[above]) / 2;
}

/**
 * The part of a linkage that joins the given points, with the heights of the whole: merges that join two of them, the
 * points numbered in the order given. For pictures of some models out of many, or of one cluster.
 * @throws SpecError when a point is missing from the linkage or given twice, or none is given
 */
export function subLinkage(linkage: Linkage, points: ArrayLike<number>): Linkage {
  const n = linkage.points;
  const place = new Int32Array(n + linkage.heights.length).fill(-1);
  for (let i = 0; i < points.length; i++) {
    if (!(points[i] >= 0 && points[i] < n) || place[points[i]] >= 0) {
      throw new SpecError(
        "linkage/point",
        `point ${points[i]} is given twice or is not one of the linkage's ${n} points`,
        { value: points[i] },
      );
    }
    place[points[i]] = i;
  }
  if (points.length === 0) throw new SpecError("linkage/empty", "a part of a linkage needs a point");
  const count = points.length - 1;
  const part = {
    points: points.length,
    left: new Int32Array(count),
    right: new Int32Array(count),
    heights: new Float64Array(count),
    sizes: new Int32Array(count),
  };
  const sizes = new Int32Array(points.length + count).fill(1);
  let done = 0;
  for (let i = 0; i < linkage.heights.length; i++) {
    const [a, b] = [place[linkage.left[i]], place[linkage.right[i]]];
    place[n + i] = Math.max(a, b);
    if (a < 0 || b < 0) continue;
    const node = points.length + done;
    sizes[node] = sizes[a] + sizes[b];
    part.left[done] = Math.min(a, b);
    part.right[done] = Math.max(a, b);
    part.heights[done] = linkage.heights[i];
    part.sizes[done] = sizes[node];
    place[n + i] = node;
    done++;
  }
  return part;
}

/** Points of one cluster of a cut, ascending. */
export function pointsOfCluster(labels: Int32Array, cluster: number): Int32Array {
  if (!(cluster >= 0 && cluster < countLabels(labels))) {
    throw new SpecError("linkage/cluster", `there is no cluster ${cluster} among ${countLabels(labels)}`, {
      value: cluster,
    });
  }
  return Int32Array.from(Array.from(labels.keys()).filter((i) => labels[i] === cluster));
}
