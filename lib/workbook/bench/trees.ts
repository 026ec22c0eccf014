import { binThresholds, binTrainingRows } from "../../analysis/trees/bins.js";
import { boostTrees } from "../../analysis/trees/boosting.js";
import { squaredError } from "../../analysis/trees/losses.js";
import { treesSettings } from "../../analysis/trees/settings.js";
import { throwIfAborted } from "../../core/errors.js";
import { Pacer } from "../../core/numeric/pacer.js";
import { RandomStream } from "../../core/random.js";
import { type BenchLine, machineName } from "./line.js";
import { round, timesOf } from "./measure.js";
import { runPeer } from "./peers.js";

const [rows, cols, maxIterations] = [50_000, 56, 100];
const rounds = 5;

/**
 * Boosted regression trees on 50,000 rows of 56 features, 100 iterations of 31 leaves, binning included, in seconds; the
 * rival is scikit-learn's HistGradientBoostingRegressor on one thread, each round a process of its own.
 */
export async function benchTrees(
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  const rng = RandomStream.fromSeed("trees");
  const points = { data: Float32Array.from({ length: rows * cols }, () => rng.normal()), rows, cols };
  const targets = Float64Array.from({ length: rows }, (_, i) => {
    const [a, b, c, d] = points.data.subarray(i * cols, i * cols + 4);
    return a * b + Math.sin(2 * c) + Math.abs(d) + 0.3 * rng.normal();
  });
  const settings = treesSettings({ maxIterations });
  const fitOnce = async (): Promise<number> => {
    const started = performance.now();
    const pacer = new Pacer("the benchmark", maxIterations, "iterations", { signal });
    const thresholds = await binThresholds(points, settings.maxBins, pacer);
    const bins = Int32Array.from(thresholds, ({ length }) => length + 1);
    const train = { rows: await binTrainingRows(points, thresholds, pacer), targets };
    await boostTrees(train, undefined, bins, squaredError, settings, pacer);
    return (performance.now() - started) / 1000;
  };
  await fitOnce();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < rounds; i++) {
    throwIfAborted(signal, "the benchmark");
    ours.push(await fitOnce());
    if (!withPeer) continue;
    const result = runPeer("sklearn_trees.py", [rows, cols, maxIterations].map(String));
    theirs.push((result.s as { readonly median: number }).median);
  }
  const times = timesOf(ours);
  const peer = withPeer ? { name: "scikit-learn", ...timesOf(theirs) } : null;
  const ratio = peer ? round(times.median / peer.median) : null;
  const common = { bench: "analysis", case: "trees-50000", unit: "s", threads: 1 };
  onLine({ ...common, metric: "fit", ours: times, peer, ratio, machine: machineName() });
}
