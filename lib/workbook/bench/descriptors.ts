import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crossValidatedSvm } from "../../analysis/svm/cross-validation.js";
import { WindowedHistograms } from "../../compute/windowed-histograms.js";
import { throwIfAborted } from "../../core/errors.js";
import { type Matrix, matrix, row } from "../../core/matrix.js";
import { writeNpy } from "../../core/npy.js";
import { RandomStream } from "../../core/random.js";
import { type BenchLine, machineName } from "./line.js";
import { round, secondsOf, timesOf } from "./measure.js";
import { runPeer } from "./peers.js";

/** Sizes and rounds of both cases. */
export interface DescriptorSizes {
  readonly vectors: number;
  readonly length: number;
  readonly rows: number;
  readonly cols: number;
  readonly rounds: number;
}

const usual: DescriptorSizes = { vectors: 200, length: 100_000, rows: 2448, cols: 1024, rounds: 5 };
const common = { bench: "analysis", threads: 1 };
const C = 0.01;

interface PeerRun {
  readonly s: { readonly median: number };
  readonly squares?: number;
  readonly accuracy?: number;
}

/**
 * MI-WD descriptors (32 windows, 32 bins) of vectors of normal weights, in microseconds a vector; the rival is numpy's best
 * way, one bincount a vector. A second line says how far the sums of squared shares lie from numpy.histogram's.
 */
export async function benchMiwd(
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
  { vectors, length, rounds }: DescriptorSizes = usual,
): Promise<void> {
  const weights = normals(vectors, length, RandomStream.fromSeed("miwd"));
  const histograms = new WindowedHistograms();
  const out = matrix(vectors, 1024);
  const runOnce = () => {
    for (let i = 0; i < vectors; i++) histograms.write(row(weights, i), row(out, i));
  };
  await inFolder(async (folder) => {
    const path = join(folder, "weights.npy");
    if (withPeer) writeNpy(path, weights.data, [vectors, length]);
    const ours: number[] = [];
    const theirs: number[] = [];
    let squares: number | undefined;
    for (let i = 0; i < rounds; i++) {
      throwIfAborted(signal, "the benchmark");
      // As the rival does: the median of three after one that fills the caches again.
      runOnce();
      const { median } = timesOf([1, 2, 3].map(() => secondsOf(runOnce)));
      ours.push((1e6 * median) / vectors);
      if (!withPeer) continue;
      const run = runPeer("numpy_miwd.py", [path, ...(i === 0 ? ["--check"] : [])]) as unknown as PeerRun;
      theirs.push((1e6 * run.s.median) / vectors);
      squares ??= run.squares;
    }
    const name = `miwd-${length / 1000}k`;
    onLine(timeLine(name, "descriptor of one vector", "us", ours, theirs, "numpy"));
    if (squares === undefined) return;
    const own = out.data.reduce((sum, share) => sum + share * share, 0);
    const difference = timesOf([Math.abs(own / squares - 1)]);
    const line = { metric: "difference from the peer's result", unit: "share", ours: difference, peer: null };
    onLine({ ...common, case: name, ...line, ratio: null, machine: machineName() });
  });
}

/**
 * Five-fold cross-validation of a linear SVM of five classes, C = .01, standardising included, in seconds; the rival is
 * scikit-learn's LinearSVC (liblinear) on the same folds. A second line gives the shares of wrong predictions.
 */
export async function benchSvm(
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
  { rows, cols, rounds }: DescriptorSizes = usual,
): Promise<void> {
  const { points, labels } = signalInNoise(rows, cols);
  const texts = Array.from(labels, String);
  const ours: number[] = [];
  const theirs: number[] = [];
  const wrong: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  await inFolder(async (folder) => {
    for (let i = 0; i < rounds; i++) {
      const started = performance.now();
      const found = await crossValidatedSvm(points, texts, { rng: RandomStream.fromSeed("svm"), C, signal });
      ours.push((performance.now() - started) / 1000);
      wrong.ours.push(found.predictions.filter((label, k) => label !== texts[k]).length / rows);
      if (!withPeer) continue;
      const [path, about] = [join(folder, "points.npy"), join(folder, "labels.npy")];
      writeNpy(path, points.data, [rows, cols]);
      const pairs = Float32Array.from({ length: 2 * rows }, (_, p) => (p % 2 ? found.folds : labels)[p >> 1]);
      writeNpy(about, pairs, [rows, 2]);
      const run = runPeer("sklearn_svc.py", [path, about, String(C)]) as unknown as Required<PeerRun>;
      theirs.push(run.s.median);
      wrong.theirs.push(1 - run.accuracy);
    }
  });
  const name = `svm-${rows}x${cols}x5`;
  onLine(timeLine(name, "five folds", "s", ours, theirs, "scikit-learn"));
  onLine({
    ...timeLine(name, "wrong predictions", "share", wrong.ours, wrong.theirs, "scikit-learn"),
    ratio: null,
  });
}

function timeLine(
  name: string,
  metric: string,
  unit: string,
  ours: readonly number[],
  theirs: readonly number[],
  rival: string,
): BenchLine {
  const times = timesOf(ours);
  const peer = theirs.length > 0 ? { name: rival, ...timesOf(theirs) } : null;
  const ratio = peer ? round(times.median / peer.median) : null;
  return { ...common, case: name, metric, unit, ours: times, peer, ratio, machine: machineName() };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-bench-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function normals(rows: number, cols: number, rng: RandomStream): Matrix {
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => rng.normal()),
  );
}

/** Five classes in 20 directions, mixed into noise of as many dimensions as there are columns. */
function signalInNoise(rows: number, cols: number): { points: Matrix; labels: Int32Array } {
  const rng = RandomStream.fromSeed("svm");
  const directions = 20;
  const centres = normals(5, directions, rng.split("centres")).data;
  const mixing = normals(directions, cols, rng.split("mixing"));
  const points = normals(rows, cols, rng.split("noise"));
  const labels = Int32Array.from({ length: rows }, () => rng.integer(5));
  for (let i = 0; i < rows; i++) {
    const own = row(points, i);
    for (let d = 0; d < directions; d++) {
      const size = 0.3 * (centres[labels[i] * directions + d] + rng.normal());
      row(mixing, d).forEach((value, j) => {
        own[j] += size * value;
      });
    }
  }
  return { points, labels };
}
