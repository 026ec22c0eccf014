import { throwIfAborted } from "../../core/errors.js";
import { RandomStream } from "../../core/random.js";
import { checkpointEpochs, namedZoo, type ZooName } from "../../zoo/index.js";
import { specLayouts } from "../../zoo/store/layouts.js";
import { planShards } from "../../zoo/store/plan.js";

const models = 1_000_000;
const zoos: readonly ZooName[] = ["mlp-trajectory", "mnist-hyp"];

/** Slots of a cluster at once, tasks, and how often a task fails on the way: its node is lost at a random moment. */
const cluster = { slots: 1000, tasks: 1000, failureRate: 0.01, startSeconds: 30 } as const;

/** The plan of a zoo of a million models, how long it took to make, and how a simulated cluster gets through it. */
export interface MillionPlan {
  readonly metric: string;
  readonly seconds: readonly number[];
  readonly parts: Readonly<Record<string, number>>;
}

/** Plans two published zoos as if they had a million models, for real, and simulates their tasks on a cluster. */
export function millionPlan(signal: AbortSignal): MillionPlan[] {
  return zoos.map((name) => {
    throwIfAborted(signal, "the benchmark");
    const spec = namedZoo(name, "paper", { models });
    const started = performance.now();
    const layouts = specLayouts(spec);
    const plan = planShards(spec, layouts);
    const seconds = (performance.now() - started) / 1000;
    const checkpoints = models * checkpointEpochs(spec).length;
    const shares = simulatedTasks(plan.length);
    return {
      metric: `${name} of a million models: plan of the shards`,
      seconds: [seconds],
      parts: {
        shards: plan.length,
        files: 2 * plan.length + 3,
        checkpoints,
        gigabytes: (4 * checkpoints * layouts.layouts[0].parameters) / 1e9,
        ...shares,
      },
    };
  });
}

/**
 * A cluster of equal slots with tasks of equal work; a task that loses its node goes back into the queue, and repeats at
 * most the shard that it was at.
 * @returns makespan over the work divided by the slots: 1 is perfect
 */
function simulatedTasks(shards: number): { readonly makespan: number; readonly repeatedShards: number } {
  const rng = RandomStream.fromSeed("a cluster");
  const { slots, tasks, failureRate, startSeconds } = cluster;
  const perTask = shards / tasks;
  // An hour a task.
  const shardSeconds = 3600 / perTask;
  const free = new Float64Array(slots);
  let repeatedShards = 0;
  const queue = Array.from({ length: tasks }, () => perTask);
  for (let left = queue.shift(); left !== undefined; left = queue.shift()) {
    let slot = 0;
    for (let i = 1; i < slots; i++) if (free[i] < free[slot]) slot = i;
    // Nodes differ by some percent.
    const seconds = shardSeconds * rng.uniform(0.95, 1.1);
    const isLost = rng.uniform(0, 1) < failureRate;
    const done = isLost ? Math.floor(rng.uniform(0, left)) : left;
    free[slot] += startSeconds + seconds * done + (isLost ? seconds : 0);
    if (!isLost) continue;
    repeatedShards++;
    queue.push(left - done);
  }
  return { makespan: Math.max(...free) / ((tasks / slots) * 3600), repeatedShards };
}
