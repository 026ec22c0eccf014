// Does one piece of work on a zoo in a process of its own and prints its peak memory: stream-child.mjs TASK FOLDER
// "idle" only loads the library, "read" opens the zoo and reads all of it twice, "merge" merges its shards.
import { existsSync, readFileSync } from "node:fs";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { mergeZoo } from "#lib/zoo/training/merge-zoo.js";

const [task, folder] = process.argv.slice(2);
const started = performance.now();
let rows = 0;
let wrong = 0;

if (task === "merge") await mergeZoo(folder);
if (task === "read") {
  const zoo = await openZoo(folder);
  const { seed, epoch } = zoo.facts;
  const isRight = (row, value) => value === (seed[row] + epoch[row]) % 1024;
  for await (const { first, weights } of zoo.chunks()) {
    for (let i = 0; i < weights.rows; i++) {
      if (!isRight(first + i, weights.data[(i + 1) * weights.cols - 1])) wrong++;
    }
    rows += weights.rows;
  }
  for await (const { row, vector } of zoo.vectors()) if (!isRight(row, vector[0])) wrong++;
}

/** In MiB. Linux counts into maxRSS what the parent had when it started this process; VmHWM is our own. */
function peakMemory() {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const own = /VmHWM:\s+(\d+) kB/.exec(status);
  return Math.round((own ? Number(own[1]) : process.resourceUsage().maxRSS) / 1024);
}

const peakMiB = peakMemory();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ peakMiB, seconds, rows, wrong }));
