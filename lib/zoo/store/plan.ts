import { SpecError } from "../../core/errors.js";
import { multiplyAdds } from "../../networks/count.js";
import type { NetworkSpec } from "../../networks/types.js";
import { lanes } from "../lanes.js";
import { zooModels } from "../spec/models.js";
import { checkpointEpochs } from "../spec/spec.js";
import type { ZooSpec } from "../types.js";
import { layoutOfModel, type ZooLayouts } from "./layouts.js";

/** What a shard is at most, unless one group of four models is more already. */
interface Cost {
  models: number;
  weightBytes: number;
  /** Of the training's forward passes. */
  multiplyAdds: number;
}

/**
 * Shards of networks so small that one group's files would hold little but their headers grow to 1 MiB and 64 models,
 * but not beyond about ten seconds of one core, and there are at least 64 of them where there are so many groups: work
 * for 64 cores, or as many tasks of a cluster.
 */
function largestShard({ models }: ZooSpec): Cost {
  const share = lanes * Math.floor(models / (lanes * 64));
  return { models: Math.min(64, Math.max(lanes, share)), weightBytes: 1 << 20, multiplyAdds: 3e10 };
}

/** A run of consecutive models that is trained and stored together. */
export interface ShardPlan {
  readonly index: number;
  /** First and last model. */
  readonly from: number;
  readonly to: number;
  /** Paths within the zoo's folder. */
  readonly weightsFile: string;
  readonly tableFile: string;
}

/** One of several equal parts of a zoo's training, e.g. one task of a cluster's array job. */
export interface ZooShare {
  /** 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/**
 * The shards of a zoo, in order: whole groups of four models, as many as make about 1 MiB of weights and a training of
 * seconds. They follow from the specification alone.
 */
export function planShards(spec: ZooSpec, layouts: ZooLayouts): ShardPlan[] {
  const costs = groupCosts(spec, layouts);
  const most = largestShard(spec);
  const shards: ShardPlan[] = [];
  for (let group = 0; group < costs.length; ) {
    const first = group;
    const sum = { ...costs[group++] };
    while (group < costs.length && fits(sum, costs[group], most)) {
      const next = costs[group++];
      sum.models += next.models;
      sum.weightBytes += next.weightBytes;
      sum.multiplyAdds += next.multiplyAdds;
    }
    shards.push(shardPlan(shards.length, first * lanes, Math.min(group * lanes, spec.models) - 1));
  }
  return shards;
}

function fits(sum: Cost, next: Cost, most: Cost): boolean {
  const measures = ["models", "weightBytes", "multiplyAdds"] as const;
  return measures.every((measure) => sum[measure] + next[measure] <= most[measure]);
}

/** What each four consecutive models cost. */
function groupCosts(spec: ZooSpec, layouts: ZooLayouts): Cost[] {
  const models = zooModels(spec);
  const checkpoints = checkpointEpochs(spec).length;
  const known = new Map<NetworkSpec, number>();
  return Array.from({ length: Math.ceil(models.length / lanes) }, (_, group) => {
    const cost: Cost = { models: 0, weightBytes: 0, multiplyAdds: 0 };
    for (const { model, network, trainFraction } of models.slice(group * lanes, (group + 1) * lanes)) {
      const once = known.get(network) ?? multiplyAdds(network);
      known.set(network, once);
      cost.models++;
      cost.weightBytes += 4 * checkpoints * layoutOfModel(layouts, model).parameters;
      cost.multiplyAdds += once * spec.epochs * spec.dataset.trainImages * trainFraction;
    }
    return cost;
  });
}

function shardPlan(index: number, from: number, to: number): ShardPlan {
  const stem = `shards/${String(index).padStart(5, "0")}`;
  return { index, from, to, weightsFile: `${stem}.safetensors`, tableFile: `${stem}.parquet` };
}

/**
 * The shards of one share: of n shares, the i-th has shards i - 1, i - 1 + n, i - 1 + 2n, ..., so that all shares have
 * about as much to do where models that stand together take equally long.
 * @throws SpecError "zoo/shard" for a share that cannot be
 */
export function sharedShards(
  shards: readonly ShardPlan[],
  share: ZooShare | undefined,
): readonly ShardPlan[] {
  if (share === undefined) return shards;
  const { index, count } = share;
  if (!Number.isInteger(index) || !Number.isInteger(count) || index < 1 || index > count) {
    throw new SpecError(
      "zoo/shard",
      `shard ${index}/${count} cannot be; give i/n with i from 1 to n, e.g. 1/8`,
      {
        value: share,
      },
    );
  }
  return shards.filter((shard) => shard.index % count === index - 1);
}
