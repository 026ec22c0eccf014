import type { Program } from "../runner/program.js";
import { kernelLine, stockKernel, withKernel } from "./kernel-sides.js";
import type { BenchLine } from "./line.js";

const rounds = 7;

/**
 * Milliseconds from before the process is spawned until a first cell was answered. Its idle is not waited for: the
 * stock kernel now and then loses one.
 */
function startTime(program: Program | undefined, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  return withKernel(program, signal, async (client) => {
    await client.executeUntilReply("1 + 1");
    return performance.now() - started;
  });
}

/** Starts of a kernel with a first cell, ours and the stock kernel's in alternation. */
export async function measureStarts(withPeer: boolean, signal: AbortSignal): Promise<BenchLine[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  // One of each first, unmeasured: files come from the disk once.
  for (let i = 0; i <= rounds; i++) {
    const own = await startTime(undefined, signal);
    const other = withPeer ? await startTime(stockKernel, signal) : undefined;
    if (i === 0) continue;
    ours.push(own);
    if (other !== undefined) theirs.push(other);
  }
  const texts = { case: "start", metric: "process to reply of 1 + 1" };
  return [kernelLine(texts, ours, withPeer ? theirs : undefined)];
}
