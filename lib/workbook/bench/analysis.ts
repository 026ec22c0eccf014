import { throwIfAborted } from "../../core/errors.js";
import { kendallTau } from "../../core/numeric/kendall.js";
import { RandomStream } from "../../core/random.js";
import { benchMiwd, benchSvm } from "./descriptors.js";
import { benchLarge } from "./large.js";
import type { LargeWork } from "./large-run.js";
import { type BenchLine, machineName } from "./line.js";
import { round, secondsOf, timesOf } from "./measure.js";
import { runPeer } from "./peers.js";
import { benchTrees } from "./trees.js";

const size = 100_000;
const rounds = 7;
const largeWorks: readonly LargeWork[] = ["linkage", "knn", "svd", "umap"];

/** Names of all cases of the analysis. */
export const analysisCaseNames: readonly string[] = [
  "tau-100000",
  "trees-50000",
  "miwd-100k",
  "svm-2448x1024x5",
  ...largeWorks.map((work) => `${work}-12500x2160`),
];

/** The analysis beside its rivals. */
export async function benchAnalysis(
  names: readonly string[],
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  if (names.includes("tau-100000")) benchTau(withPeer, signal, onLine);
  if (names.includes("trees-50000")) await benchTrees(withPeer, signal, onLine);
  if (names.includes("miwd-100k")) await benchMiwd(withPeer, signal, onLine);
  if (names.includes("svm-2448x1024x5")) await benchSvm(withPeer, signal, onLine);
  for (const work of largeWorks) {
    if (names.includes(`${work}-12500x2160`)) await benchLarge(work, withPeer, signal, onLine);
  }
}

/**
 * Kendall's tau-b of 100,000 pairs in milliseconds, without ties and with many; the rival is scipy. A round of the rival
 * is a process of its own, which gives the median of its calls.
 */
function benchTau(withPeer: boolean, signal: AbortSignal, onLine: (line: BenchLine) => void): void {
  const rng = RandomStream.fromSeed("tau");
  const x = Float64Array.from({ length: size }, () => rng.normal());
  const y = x.map((value) => 0.6 * value + rng.normal());
  const coarse = (values: Float64Array) => values.map((value) => Math.round(10 * value) / 10);
  const pairs = [
    { metric: "tau-b", x, y, peer: "ms" },
    { metric: "tau-b, many ties", x: coarse(x), y: coarse(y), peer: "ms_ties" },
  ];
  for (let i = 0; i < 3; i++) for (const pair of pairs) kendallTau(pair.x, pair.y);
  const ours = pairs.map((): number[] => []);
  const theirs = pairs.map((): number[] => []);
  for (let i = 0; i < rounds; i++) {
    throwIfAborted(signal, "the benchmark");
    pairs.forEach((pair, p) => {
      ours[p].push(1000 * secondsOf(() => kendallTau(pair.x, pair.y)));
    });
    if (!withPeer) continue;
    const result = runPeer("scipy_kendall.py", [String(size)]);
    pairs.forEach(({ peer }, p) => {
      theirs[p].push((result[peer] as { readonly median: number }).median);
    });
  }
  pairs.forEach(({ metric }, p) => {
    const times = timesOf(ours[p]);
    const peer = withPeer ? { name: "scipy", ...timesOf(theirs[p]) } : null;
    const ratio = peer ? round(times.median / peer.median) : null;
    const common = { bench: "analysis", case: "tau-100000", unit: "ms", threads: 1 };
    onLine({ ...common, metric, ours: times, peer, ratio, machine: machineName() });
  });
}
