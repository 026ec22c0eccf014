import { createRequire } from "node:module";
import { join } from "node:path";
import { projectRoot } from "../../core/environment.js";
import { InterruptedError } from "../../core/errors.js";
import { KernelClient } from "../runner/client.js";
import type { Program } from "../runner/program.js";
import { type BenchLine, machineName } from "./line.js";
import { round, timesOf } from "./measure.js";

/** The stock kernel that this project's kernel takes converter and executor from. */
export const stockKernel: Program = {
  command: process.execPath,
  args: (connectionFile) => [
    createRequire(import.meta.url).resolve("tslab/bin/tslab"),
    ...["kernel", "--config-path", connectionFile],
  ],
};

/**
 * Starts a kernel among the notebooks, lets `work` use it, and ends it in every case, also on Ctrl-C.
 * @param program what to start; this project's kernel when undefined
 */
export async function withKernel<T>(
  program: Program | undefined,
  signal: AbortSignal,
  work: (client: KernelClient) => Promise<T>,
): Promise<T> {
  const client = await KernelClient.start({
    cwd: join(projectRoot, "notebooks"),
    program,
    onPublished: () => undefined,
  });
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new InterruptedError("the benchmark"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work(client), aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
    await client.shutdown();
  }
}

/** One line of a kernel case, in milliseconds; without `theirs` there was no rival. */
export function kernelLine(
  texts: Pick<BenchLine, "case" | "metric">,
  ours: readonly number[],
  theirs?: readonly number[],
): BenchLine {
  const own = timesOf(ours);
  const rival = theirs && timesOf(theirs);
  return {
    bench: "kernel",
    ...texts,
    unit: "ms",
    threads: 1,
    ours: own,
    peer: rival ? { name: "tslab", ...rival } : null,
    ratio: rival ? round(own.median / rival.median) : null,
    machine: machineName(),
  };
}
