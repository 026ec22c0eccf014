import { SpecError } from "../../core/errors.js";
import type { Matrix } from "../../core/matrix.js";
import type { RandomStream } from "../../core/random.js";
import { type PermutationPlan, permutationPlan } from "../../networks/permutations.js";
import type { NetworkSpec } from "../../networks/types.js";
import type { WeightRows } from "../types.js";
import type { HyperConfig } from "./config.js";
import type { TokenPlan } from "./tokens.js";

/** Two views of each sample of a batch, and what they are to be reconstructed to; all in token order. */
export interface ViewBatch {
  readonly samples: number;
  /** [2 samples, parameters]: the first views of all samples, then the second ones. */
  readonly views: Float32Array;
  /** As `views`; the same array where nothing differs. */
  readonly targets: Float32Array;
}

/** Makes views: holds the plan of permutations and scratch memory. */
export class ViewMaker {
  private readonly permutations: PermutationPlan | undefined;
  /** Where each weight of a view comes from. */
  private readonly index: Uint32Array;
  /** The same in the layout's order, before it is brought into token order. */
  private readonly permuted: Uint32Array;

  /** @throws SpecError "hyper/network" when permutation is asked for, as unitPermutations */
  constructor(
    private readonly config: HyperConfig,
    private readonly plan: TokenPlan,
    network: NetworkSpec | undefined,
  ) {
    this.index = new Uint32Array(plan.parameters);
    this.permuted = new Uint32Array(plan.parameters);
    if (config.augmentations.permutation) this.permutations = unitPermutations(network, plan.parameters);
  }

  /**
   * Two views of the given rows.
   * @param rows [rows, parameters] in the layout's order
   */
  make(rows: Matrix, chosen: ArrayLike<number>, rng: RandomStream): ViewBatch {
    const { parameters } = this.plan;
    const { erasing, noise } = this.config.augmentations;
    const samples = chosen.length;
    const views = new Float32Array(2 * samples * parameters);
    const changes = erasing !== null || noise > 0;
    const own =
      this.config.target === "original" ? this.config.augmentations.permutation || changes : changes;
    const hasTargets = own && this.config.target !== "view";
    const targets = hasTargets ? new Float32Array(views.length) : views;
    const streams = { permutation: rng.split("permutation"), change: rng.split("change") };
    for (let i = 0; i < samples; i++) {
      const row = rows.data.subarray(chosen[i] * parameters, (chosen[i] + 1) * parameters);
      for (let view = 0; view < 2; view++) {
        const at = (view * samples + i) * parameters;
        const place = views.subarray(at, at + parameters);
        if (view === 1 && this.areEqual()) {
          place.set(views.subarray(i * parameters, (i + 1) * parameters));
          if (hasTargets) targets.copyWithin(at, i * parameters, (i + 1) * parameters);
          continue;
        }
        if (view === 0 || this.config.views !== "same-permutation") this.draw(streams.permutation);
        this.gather(row, place);
        if (hasTargets) this.keepTarget(row, place, targets.subarray(at, at + parameters));
        this.change(place, streams.change);
      }
    }
    return { samples, views, targets };
  }

  private areEqual(): boolean {
    const { views, augmentations } = this.config;
    return views === "identical" || (views === "released" && !augmentations.permutation);
  }

  /** A new order of the hidden units; that of the layout without permutation. */
  private draw(rng: RandomStream): void {
    const { order } = this.plan;
    if (!this.permutations) {
      this.index.set(order);
      return;
    }
    this.permutations.fill(this.permutations.draw(rng), this.permuted);
    for (let i = 0; i < order.length; i++) this.index[i] = this.permuted[order[i]];
  }

  private gather(row: Float32Array, to: Float32Array): void {
    const { index } = this;
    for (let i = 0; i < to.length; i++) to[i] = row[index[i]];
  }

  private keepTarget(row: Float32Array, view: Float32Array, target: Float32Array): void {
    if (this.config.target === "permuted") target.set(view);
    else for (let i = 0; i < target.length; i++) target[i] = row[this.plan.order[i]];
  }

  /** Noise on every weight, then a block of zeros. */
  private change(view: Float32Array, rng: RandomStream): void {
    const { erasing, noise } = this.config.augmentations;
    if (noise > 0) for (let i = 0; i < view.length; i++) view[i] += rng.normal(0, noise);
    if (!erasing || rng.uniform() >= erasing.probability) return;
    const length = Math.max(1, Math.round(rng.uniform(erasing.low, erasing.high) * view.length));
    const start = rng.integer(view.length - length + 1);
    view.fill(0, start, start + length);
  }
}

/**
 * Permutations of the hidden units of networks of so many weights.
 * @throws SpecError "hyper/network" when the network is not known, or is not that of the weights
 */
export function unitPermutations(network: NetworkSpec | undefined, parameters: number): PermutationPlan {
  if (!network) {
    const message =
      "permuting hidden units needs to know the network, which these weights came without; switch permutation off or give the rows a network";
    throw new SpecError("hyper/network", message);
  }
  const plan = permutationPlan(network);
  if (plan.parameters === parameters) return plan;
  const message = `the rows have ${parameters} weights but their network "${network.name}" ${plan.parameters}; give the network that they are of`;
  throw new SpecError("hyper/network", message, { value: plan.parameters });
}

/** Rows in token order: [rows, parameters]. */
export function toTokenOrder(rows: Matrix, { order, parameters }: TokenPlan): Float32Array {
  const out = new Float32Array(rows.rows * parameters);
  for (let from = 0; from < out.length; from += parameters) {
    for (let i = 0; i < parameters; i++) out[from + i] = rows.data[from + order[i]];
  }
  return out;
}

/**
 * Rows whose networks have their hidden units in a random order each: what reconstruction is measured on, so that a
 * representation that only knows one order of each network is found out.
 * @throws as unitPermutations
 */
export function permutedRows({ weights, network }: WeightRows, rng: RandomStream): Matrix {
  const plan = unitPermutations(network, weights.cols);
  const index = new Uint32Array(plan.parameters);
  const out = new Float32Array(weights.data.length);
  for (let from = 0; from < out.length; from += weights.cols) {
    plan.fill(plan.draw(rng), index);
    for (let i = 0; i < weights.cols; i++) out[from + i] = weights.data[from + index[i]];
  }
  return { data: out, rows: weights.rows, cols: weights.cols };
}

/** Moves values in token order back to the layout's order, row by row. */
export function toLayoutOrder(values: Float32Array, { order, parameters }: TokenPlan): Float32Array {
  const out = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += parameters) {
    for (let i = 0; i < parameters; i++) out[from + order[i]] = values[from + i];
  }
  return out;
}
