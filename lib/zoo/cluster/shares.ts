import { isInFlight, type QueuedTask } from "../../core/slurm/queue.js";

/** What the comment of an array job says: into how many shares the zoo was divided. */
export function shareComment(shares: number): string {
  return `weightbook-shares=${shares}`;
}

/** What the comment of a merge job says. */
export const mergeComment = "weightbook-merge";

/** The share that a task trains; undefined for the merge and what is no task of ours. */
export function shareOf(task: QueuedTask): { readonly index: number; readonly count: number } | undefined {
  const count = Number(/^weightbook-shares=(\d+)$/.exec(task.comment)?.[1]);
  return count > 0 && task.task !== undefined ? { index: task.task, count } : undefined;
}

/** Whether a task is the merge. */
export function isMerge(task: QueuedTask): boolean {
  return task.comment === mergeComment;
}

/**
 * Shards that tasks in the queue are training or going to train, of submissions with whatever number of shares.
 * @param shards number of the zoo's shards
 */
export function shardsInFlight(tasks: readonly QueuedTask[], shards: number): Set<number> {
  const found = new Set<number>();
  for (const task of tasks) {
    const share = isInFlight(task) ? shareOf(task) : undefined;
    if (!share) continue;
    for (let shard = share.index - 1; shard < shards; shard += share.count) found.add(shard);
  }
  return found;
}

/** The shares, 1 to `count` in order, that have one of these shards. */
export function sharesWith(shards: Iterable<number>, count: number): number[] {
  const shares = new Set<number>();
  for (const shard of shards) shares.add((shard % count) + 1);
  return [...shares].sort((a, b) => a - b);
}
