import type { BinSums } from "../../compute/histograms.js";
import type { Pacer } from "../../core/numeric/pacer.js";
import { binOf } from "./bins.js";
import { type Derivatives, emptyHistogram, fillHistogram, subtractHistogram } from "./histograms.js";
import type { TreesSettings } from "./settings.js";
import { bestSplit, type NodeSums, type Split } from "./split-search.js";
import type { Tree } from "./tree.js";

/** A node whose rows are `order[from..to)`. */
interface Node {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly sums: NodeSums;
}

/** A node that can be parted, with the histogram that its children's come from. */
interface OpenNode extends Node {
  readonly split: Split;
  readonly histogram: Float64Array;
}

/**
 * Grows trees on the same binned rows one after the other, and keeps the room that they need: for every open node 4 or 6
 * KB a feature.
 */
export class TreeGrower {
  private readonly order: Int32Array;
  private readonly spare: Int32Array;
  private readonly free: Float64Array[] = [];
  private readonly perBin: 2 | 3;

  /** @param bins number of bins of each feature */
  constructor(
    private readonly binned: BinSums,
    private readonly bins: Int32Array,
    private readonly settings: Required<TreesSettings>,
    unitHessian: boolean,
  ) {
    this.order = binned.order;
    this.spare = new Int32Array(binned.rows);
    this.perBin = unitHessian ? 2 : 3;
  }

  /**
   * Grows one tree leaf-wise: always the open node of greatest gain is parted next (Shi 2007; Ke et al. 2017). Of two
   * children only the smaller one's rows are read; the other's histogram is the difference.
   * @param outputs of the training rows; the tree's are added
   * @returns the tree, undefined where the root cannot be parted
   * @throws InterruptedError
   */
  async grow(derivatives: Derivatives, outputs: Float64Array, pacer: Pacer): Promise<Tree | undefined> {
    const { maxLeafNodes } = this.settings;
    const tree = new TreeBuilder(maxLeafNodes);
    const leaves: Node[] = [];
    const open: OpenNode[] = [];
    await this.openRoot(derivatives, open, leaves, pacer);
    while (open.length > 0 && open.length + leaves.length < maxLeafNodes) {
      const node = takeGreatest(open);
      const [left, right] = tree.part(node, this.partition(node));
      // The children of the last split stay leaves.
      const isLast = open.length + leaves.length + 2 === maxLeafNodes;
      if (isLast || !(this.isLarge(left) || this.isLarge(right))) {
        this.free.push(node.histogram);
        leaves.push(left, right);
      } else {
        await this.openChildren(node, left, right, derivatives, { open, leaves }, pacer);
      }
    }
    for (const { histogram } of open) this.free.push(histogram);
    const { learningRate } = this.settings;
    for (const { number, from, to, sums } of [...leaves, ...open]) {
      const value = learningRate * sums.value;
      tree.values[number] = value;
      for (let i = from; i < to; i++) outputs[this.order[i]] += value;
    }
    return tree.nodes > 1 ? tree.finished() : undefined;
  }

  private async openRoot(
    derivatives: Derivatives,
    open: OpenNode[],
    leaves: Node[],
    pacer: Pacer,
  ): Promise<void> {
    const { rows } = this.binned;
    for (let i = 0; i < rows; i++) this.order[i] = i;
    const hessian = derivatives.hessians ? sum(derivatives.hessians) : rows;
    const sums = { count: rows, gradient: sum(derivatives.gradients), hessian, value: 0 };
    const root = { number: 0, from: 0, to: rows, sums };
    if (!this.isLarge(root)) {
      leaves.push(root);
      return;
    }
    const histogram = this.room();
    await fillHistogram(histogram, this.binned, root, derivatives, pacer);
    this.sortIn(root, histogram, open, leaves);
  }

  private async openChildren(
    parent: OpenNode,
    left: Node,
    right: Node,
    derivatives: Derivatives,
    { open, leaves }: { open: OpenNode[]; leaves: Node[] },
    pacer: Pacer,
  ): Promise<void> {
    const [small, large] = left.sums.count < right.sums.count ? [left, right] : [right, left];
    const histogram = this.room();
    await fillHistogram(histogram, this.binned, small, derivatives, pacer);
    subtractHistogram(parent.histogram, histogram);
    this.sortIn(small, histogram, open, leaves);
    this.sortIn(large, parent.histogram, open, leaves);
  }

  /** Puts a node among the open ones where it can be parted, else among the leaves. */
  private sortIn(node: Node, histogram: Float64Array, open: OpenNode[], leaves: Node[]): void {
    const split = this.isLarge(node)
      ? bestSplit(histogram, this.bins, this.perBin, node.sums, this.settings)
      : undefined;
    if (split) {
      open.push({ ...node, split, histogram });
    } else {
      leaves.push(node);
      this.free.push(histogram);
    }
  }

  /** Moves the rows that go left before those that go right, each in their order; returns where the right ones start. */
  private partition({ from, to, split }: OpenNode): number {
    const { order, spare, binned } = this;
    let left = from;
    let right = 0;
    for (let i = from; i < to; i++) {
      const row = order[i];
      if (binOf(binned, split.feature, row) <= split.bin) order[left++] = row;
      else spare[right++] = row;
    }
    order.set(spare.subarray(0, right), left);
    return left;
  }

  private isLarge({ sums }: Node): boolean {
    return sums.count >= 2 * this.settings.minSamplesLeaf;
  }

  private room(): Float64Array {
    return this.free.pop() ?? emptyHistogram(this.binned, this.perBin);
  }
}

/** Removes and returns the node of greatest gain, the earliest made of equals. */
function takeGreatest(open: OpenNode[]): OpenNode {
  let best = 0;
  for (let i = 1; i < open.length; i++) {
    const difference = open[i].split.gain - open[best].split.gain;
    if (difference > 0 || (difference === 0 && open[i].number < open[best].number)) best = i;
  }
  return open.splice(best, 1)[0];
}

function sum(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/** A tree under construction. */
class TreeBuilder {
  nodes = 1;
  readonly values: Float64Array;
  private readonly features: Int32Array;
  private readonly bins: Uint8Array;
  private readonly left: Int32Array;
  private readonly right: Int32Array;

  constructor(maxLeafNodes: number) {
    const most = 2 * maxLeafNodes - 1;
    this.values = new Float64Array(most);
    this.features = new Int32Array(most).fill(-1);
    this.bins = new Uint8Array(most);
    this.left = new Int32Array(most);
    this.right = new Int32Array(most);
  }

  /** Gives a node its split and two children. */
  part({ number, from, to, split }: OpenNode, middle: number): [Node, Node] {
    this.features[number] = split.feature;
    this.bins[number] = split.bin;
    this.left[number] = this.nodes++;
    this.right[number] = this.nodes++;
    return [
      { number: this.left[number], from, to: middle, sums: split.left },
      { number: this.right[number], from: middle, to, sums: split.right },
    ];
  }

  finished(): Tree {
    const { nodes, features, bins, left, right, values } = this;
    return {
      features: features.slice(0, nodes),
      bins: bins.slice(0, nodes),
      left: left.slice(0, nodes),
      right: right.slice(0, nodes),
      values: values.slice(0, nodes),
    };
  }
}
