import { type ZooStatus, zooStatus } from "../../zoo/index.js";
import type { Context } from "../command.js";
import { findZoo } from "./zoo-places.js";
import { readZoo } from "./zoo-word.js";

const options = { preset: { type: "string" }, json: { type: "boolean" } } as const;

/** Prints how far the training of a zoo is, on Slurm or not. */
export async function status(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { flags, name } = readZoo("status", args, options);
  const report = await zooStatus(findZoo(name, flags.preset), { signal });
  print(flags.json ? `${JSON.stringify(report)}\n` : statusText(report));
  return report.state === "stopped" && report.job !== null ? 1 : 0;
}

/** What a person wants to know of a zoo on its way. */
export function statusText(status: ZooStatus): string {
  const { name, folder, state, models, shards, tasks, merge, job, note, failures } = status;
  const lines = [
    `${name} in ${folder}: ${state}`,
    `  models  ${models.done} of ${models.total}, in ${shards.done} of ${shards.total} shards${pace(status)}`,
  ];
  if (tasks) {
    const { done, running, waiting, failed, total } = tasks;
    const why = Object.entries(status.reasons).map(([reason, count]) => `${count} ${reason}`);
    const reasons = why.length === 0 ? "" : ` (${why.join(", ")})`;
    lines.push(
      `  tasks   ${done} of ${total} done, ${running} running, ${waiting} waiting${reasons}, ${failed} failed`,
    );
  }
  lines.push(`  merge   ${merge}`);
  for (const { task, state: end, says, log } of failures) {
    const words = [end, says].filter(Boolean).join(": ") || "no log";
    lines.push(`  ${task === "merge" ? "merge" : `share ${task}`} failed: ${words}${log ? ` (${log})` : ""}`);
  }
  if (note) lines.push(`  ${note}`);
  if (state === "stopped" && job) lines.push("the same weightbook zoo submit again submits what is missing");
  return `${lines.join("\n")}\n`;
}

function pace({ ratePerSecond, secondsLeft }: ZooStatus): string {
  if (ratePerSecond === 0 || secondsLeft === null) return "";
  const left =
    secondsLeft < 5400 ? `${Math.ceil(secondsLeft / 60)} min` : `${(secondsLeft / 3600).toFixed(1)} h`;
  return `; ${Number(ratePerSecond.toPrecision(3))} a second, ${left} left`;
}
