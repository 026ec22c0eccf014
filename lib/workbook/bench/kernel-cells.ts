import type { KernelClient } from "../runner/client.js";
import { kernelLine, stockKernel, withKernel } from "./kernel-sides.js";
import type { BenchLine } from "./line.js";

const rounds = 30;
const cellsARound = 10;

/** What a round trip costs beside compiling, and with the least to compile. */
const sources = { "empty cell": "", "cell 0": "0" } as const;

/** How long (ms) a reply is waited for: the stock kernel now and then loses one. */
const lostAfterMs = 2000;

/** Milliseconds of round trips, one cell after the other; those whose reply was lost are left out. */
async function roundTrips(run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < cellsARound; i++) {
    const started = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const lost = new Promise<"lost">((resolve) => {
      timer = setTimeout(resolve, lostAfterMs, "lost");
    });
    const outcome = await Promise.race([run(), lost]);
    clearTimeout(timer);
    if (outcome !== "lost") times.push(performance.now() - started);
  }
  return times;
}

/** Round trips of one source in warm kernels, ours and the rival's in alternation. */
async function compare(
  source: string,
  name: string,
  ours: KernelClient,
  theirs: KernelClient | undefined,
): Promise<BenchLine[]> {
  const times = { replies: [] as number[], idles: [] as number[], rival: [] as number[] };
  // The first round warms up.
  for (let i = 0; i <= rounds; i++) {
    const replies = await roundTrips(() => ours.executeUntilReply(source));
    const rival = theirs && (await roundTrips(() => theirs.executeUntilReply(source)));
    const idles = await roundTrips(() => ours.execute(source, () => undefined));
    if (i === 0) continue;
    times.replies.push(...replies);
    times.idles.push(...idles);
    if (rival) times.rival.push(...rival);
  }
  return [
    kernelLine(
      { case: "empty-cell", metric: `${name} to its reply` },
      times.replies,
      theirs ? times.rival : undefined,
    ),
    kernelLine({ case: "empty-cell", metric: `${name} to its idle` }, times.idles),
  ];
}

/** Round trips of cells with nothing to do. */
export function measureEmptyCells(withPeer: boolean, signal: AbortSignal): Promise<BenchLine[]> {
  return withKernel(undefined, signal, async (ours) => {
    const all = async (theirs?: KernelClient) => {
      const lines: BenchLine[] = [];
      for (const [name, source] of Object.entries(sources)) {
        lines.push(...(await compare(source, name, ours, theirs)));
      }
      return lines;
    };
    return withPeer ? withKernel(stockKernel, signal, all) : all();
  });
}
