import { throwIfAborted } from "../../core/errors.js";
import { computedMultiplyAdds } from "../../zoo/engine/work.js";
import { type BenchLine, machineName } from "./line.js";
import { round, timesOf } from "./measure.js";
import { runPeer } from "./peers.js";
import { sgemmRate } from "./sgemm.js";
import { prepareZooCase, type ZooCase, type ZooPeer, zooCases } from "./zoo-cases.js";
import { runCases } from "./zoo-runs.js";

const rounds = 5;
const secondsARound = 1;

/**
 * Training speed of one case, one model-step at a time: one worker on one core. With rivals, ours and theirs alternate.
 * A forward and backward pass counts as 6 floating-point operations a multiply-add and sample, of the multiply-adds that
 * are really done: pixels that no later layer reads are not.
 */
function measureCase(name: string, zooCase: ZooCase, withPeers: boolean): BenchLine[] {
  const prepared = prepareZooCase(zooCase);
  prepared.run(secondsARound);
  sgemmRate();
  const line = (peer: ZooPeer | undefined): BenchLine => {
    const ours: number[] = [];
    const theirs: number[] = [];
    const sgemm: number[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(prepared.run(secondsARound));
      sgemm.push(sgemmRate());
      if (peer) theirs.push(peerTime(peer));
    }
    const times = timesOf(ours);
    const multiplyAdds = computedMultiplyAdds(zooCase.network);
    const gflops = (6 * multiplyAdds * zooCase.batch) / times.median / 1e3;
    const rival = peer && { name: peer.name, ...timesOf(theirs) };
    return {
      bench: "zoo",
      case: name,
      metric: "model-step",
      unit: "us",
      threads: 1,
      ours: times,
      peer: rival ?? null,
      ratio: rival ? round(times.median / rival.median) : null,
      gflopsPerCore: round(gflops),
      share: round(gflops / timesOf(sgemm).median),
      machine: machineName(),
    };
  };
  const lines = withPeers ? zooCase.peers.map(line) : [line(undefined)];
  prepared.close();
  return lines;
}

/** A rival's median over its own repeats, in microseconds. */
function peerTime({ script, args, field }: ZooPeer): number {
  const printed = runPeer(script, args)[field] as { readonly median: number };
  return printed.median;
}

/** Runs the zoo cases that are asked for, line by line. */
export async function benchZoo(
  cases: readonly string[],
  withPeers: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  for (const name of cases) {
    throwIfAborted(signal, "the benchmark");
    const run = runCases[name];
    if (run) onLine(await run(signal));
    else for (const line of measureCase(name, zooCases[name], withPeers)) onLine(line);
    // Lets Ctrl-C through between cases.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Names of all zoo cases. */
export const zooCaseNames: readonly string[] = [...Object.keys(zooCases), ...Object.keys(runCases)];
