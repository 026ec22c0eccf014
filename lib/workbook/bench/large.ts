import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { throwIfAborted } from "../../core/errors.js";
import { writeNpy } from "../../core/npy.js";
import { RandomStream } from "../../core/random.js";
import type { LargeRun, LargeWork } from "./large-run.js";
import { type BenchLine, machineName } from "./line.js";
import { round, timesOf } from "./measure.js";
import { runOwnProcess } from "./own-process.js";
import { PeerMissingError, runPeer } from "./peers.js";

/** Size of the matrix, rounds, and threads of each side. */
export interface LargeSize {
  readonly rows: number;
  readonly cols: number;
  readonly rounds: number;
  readonly threads: number;
}

const usual: LargeSize = { rows: 12_500, cols: 2_160, rounds: 3, threads: 2 };
const groups = 20;

/** The rivals: their script, and what is timed. */
const rivals: Readonly<Record<LargeWork, { name: string; script: string; metric: string }>> = {
  linkage: { name: "scipy-gemm", script: "scipy_linkage.py", metric: "single linkage" },
  knn: { name: "scikit-learn", script: "sklearn_neighbors.py", metric: "10 nearest neighbours" },
  svd: { name: "scikit-learn", script: "sklearn_svd.py", metric: "50 singular vectors" },
  umap: { name: "umap-learn", script: "umap_learn.py", metric: "start, import and embedding" },
};

/** What a rival prints; `exact` are singular values to rounding, where they were asked for. */
interface RivalRun extends LargeRun {
  readonly exact?: readonly number[];
}

/**
 * One piece of analysis of 20 Gaussian groups, ours and the rival's in turns, each round in a process of its own, on as
 * many threads. Both read the same float32 numbers from one file; the rivals but umap-learn work on them in float64,
 * which is what scipy does with any and scikit-learn with most.
 */
export async function benchLarge(
  work: LargeWork,
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
  size: LargeSize = usual,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-bench-"));
  try {
    const path = join(folder, "points.npy");
    writeNpy(path, gaussianGroups(size.rows, size.cols), [size.rows, size.cols]);
    for (const line of await measure(work, path, withPeer, signal, size)) onLine(line);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  work: LargeWork,
  path: string,
  withPeer: boolean,
  signal: AbortSignal,
  { rows, cols, rounds, threads }: LargeSize,
): Promise<BenchLine[]> {
  const { name, script, metric } = rivals[work];
  const ours: LargeRun[] = [];
  const theirs: RivalRun[] = [];
  let missing: string | undefined;
  for (let i = 0; i < rounds; i++) {
    const environment = { WEIGHTBOOK_WORKERS: String(threads) };
    ours.push((await runOwnProcess("large-run.js", [work, path], environment, signal)) as LargeRun);
    if (!withPeer || missing !== undefined) continue;
    throwIfAborted(signal, "the benchmark");
    try {
      // The exact singular values take longer than the rest: once is enough.
      const exact = work === "svd" && i === 0 ? ["--exact"] : [];
      theirs.push(runPeer(script, [path, String(threads), ...exact]) as unknown as RivalRun);
    } catch (error) {
      if (!(error instanceof PeerMissingError)) throw error;
      missing = error.message;
    }
  }
  const times = timesOf(ours.map(({ seconds }) => seconds));
  const peer = theirs.length ? { name, ...timesOf(theirs.map(({ seconds }) => seconds)) } : null;
  const common = { bench: "analysis", case: `${work}-${rows}x${cols}`, threads, machine: machineName() };
  const line: BenchLine = {
    ...common,
    metric,
    unit: "s",
    ours: times,
    peer,
    ratio: peer ? round(times.median / peer.median) : null,
    peakMiB: peak(ours),
    ...(peer && { peerPeakMiB: peak(theirs) }),
    ...(missing !== undefined && { missing }),
  };
  return [line, ...agreement(work, ours, theirs, name).map((texts) => ({ ...common, ...texts }))];
}

function peak(runs: readonly LargeRun[]): number {
  return Math.round(Math.max(...runs.map(({ peakMiB }) => peakMiB)));
}

/** A line that says how far results lie apart: from the exact singular values, else from the rival's result. */
function agreement(
  work: LargeWork,
  ours: readonly LargeRun[],
  theirs: readonly RivalRun[],
  name: string,
): Pick<BenchLine, "metric" | "unit" | "ours" | "peer" | "ratio">[] {
  const [first] = theirs;
  if (!first || work === "umap") return [];
  const truth = first.exact ?? first.values;
  const errors = (runs: readonly LargeRun[]) =>
    timesOf(runs.map(({ values }) => largestError(values, truth)));
  return [
    {
      metric: first.exact ? "largest error of a singular value" : "difference from the peer's result",
      unit: "share",
      ours: errors(ours),
      peer: first.exact ? { name, ...errors(theirs) } : null,
      ratio: null,
    },
  ];
}

/** Largest |value - truth| / |truth|. */
function largestError(values: readonly number[], truth: readonly number[]): number {
  return truth.reduce((worst, wanted, i) => Math.max(worst, Math.abs(values[i] / wanted - 1)), 0);
}

/** Rows around 20 centres: normal numbers of deviation 1 about centres of deviation .5, as floats [rows, cols]. */
function gaussianGroups(rows: number, cols: number): Float32Array {
  const rng = RandomStream.fromSeed("groups");
  const centres = Float32Array.from({ length: groups * cols }, () => rng.normal(0, 0.5));
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const group = rng.integer(groups);
    for (let j = 0; j < cols; j++) data[i * cols + j] = centres[group * cols + j] + rng.normal();
  }
  return data;
}
