// A process of its own: one piece of analysis of a float32 matrix in a .npy file. Arguments: work, file. Prints what it
// took as one line of JSON.
import { NpyRows } from "../../core/npy-rows.js";
import type { Points } from "../../core/numeric/points.js";
import { RandomStream } from "../../core/random.js";

/** What the analysis is measured at. */
export type LargeWork = "linkage" | "knn" | "svd" | "umap";

/** What the process prints. */
export interface LargeRun {
  /** Of the work; for UMAP since the process started, all but reading the data. */
  readonly seconds: number;
  /** Physical memory at its peak, above what the process held with its code and data read. */
  readonly peakMiB: number;
  /** What both sides must agree on: singular values, or one number (the last height, the sum of distances). */
  readonly values: readonly number[];
}

/** Each loads its code before it is timed. */
const works: Readonly<Record<LargeWork, () => Promise<(points: Points) => Promise<ArrayLike<number>>>>> = {
  linkage: async () => {
    const { singleLinkage } = await import("../../analysis/linkage.js");
    return async (points) => (await singleLinkage(points)).heights.slice(-1);
  },
  knn: async () => {
    const { exactNeighbors } = await import("../../compute/neighbors.js");
    return async (points) => [
      (await exactNeighbors(points, Math.min(10, points.rows - 1))).distances.reduce((sum, d) => sum + d, 0),
    ];
  },
  svd: async () => {
    const { truncatedSvd } = await import("../../representations/svd.js");
    const rng = RandomStream.fromSeed(0);
    return async (points) =>
      (await truncatedSvd(points, Math.min(50, points.rows, points.cols), { rng })).singularValues;
  },
  umap: async () => {
    const { umap } = await import("../../representations/umap.js");
    const rng = RandomStream.fromSeed(0);
    return async (points) => {
      await umap(points, { rng, neighbors: 3, minDist: 0.3 });
      return [];
    };
  },
};

async function main([work, path]: readonly string[]): Promise<void> {
  const run = await works[work as LargeWork]();
  const readFrom = performance.now();
  const points = readPoints(path);
  const started = performance.now();
  const held = process.memoryUsage().rss;
  const values = await run(points);
  const ended = performance.now();
  const seconds = (ended - started + (work === "umap" ? readFrom : 0)) / 1000;
  const peakMiB = process.resourceUsage().maxRSS / 1024 - held / 2 ** 20;
  process.stdout.write(`${JSON.stringify({ seconds, peakMiB, values: Array.from(values) })}\n`);
}

/** A row at a time: nothing of the reading stays in the peak. */
function readPoints(path: string): Points {
  const file = NpyRows.open(path);
  const { rows, cols } = file;
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) file.readRow(i, data.subarray(i * cols, (i + 1) * cols));
  file.close();
  return { data, rows, cols };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
