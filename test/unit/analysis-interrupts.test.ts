import { describe, expect, it } from "vitest";
import { nearestModels } from "#lib/analysis/geometry.js";
import { singleLinkage } from "#lib/analysis/linkage.js";
import { exactNeighbors } from "#lib/compute/neighbors.js";
import { InterruptedError } from "#lib/core/errors.js";
import type { LongRunOptions, Progress } from "#lib/core/progress.js";
import { RandomStream } from "#lib/core/random.js";
import { truncatedSvd } from "#lib/representations/svd.js";
import { umap } from "#lib/representations/umap.js";

const rng = RandomStream.fromSeed(0);
const [rows, cols] = [3000, 600];
const points = { data: Float32Array.from({ length: rows * cols }, () => rng.normal()), rows, cols };
const models = Int32Array.from({ length: rows }, (_, i) => i % 100);

const work: [string, (options: LongRunOptions) => Promise<unknown>][] = [
  ["filtered linkage", (options) => singleLinkage(points, { ...options, method: "filtered" })],
  [
    "filtered linkage on threads",
    (options) => singleLinkage(points, { ...options, method: "filtered", workers: 2 }),
  ],
  ["neighbours on threads", (options) => exactNeighbors(points, 5, { ...options, workers: 2 })],
  ["direct linkage", (options) => singleLinkage(points, { ...options, method: "direct" })],
  ["neighbours", (options) => exactNeighbors(points, 5, options)],
  ["nearest models", (options) => nearestModels(points, models, options)],
  ["SVD", (options) => truncatedSvd(points, 100, { ...options, rng })],
  ["UMAP", (options) => umap(points, { ...options, rng })],
];

describe("long work", () => {
  it.each(work)("%s reports, and stops at a signal that is given while it runs", async (_, run) => {
    const controller = new AbortController();
    const reports: Progress[] = [];
    // The timer fires only because the work lets the event loop run.
    const timer = setTimeout(() => controller.abort(), 1);
    const promise = run({ signal: controller.signal, onProgress: (progress) => reports.push(progress) });
    await expect(promise).rejects.toBeInstanceOf(InterruptedError);
    clearTimeout(timer);
    for (const { done, total } of reports) expect(done).toBeLessThanOrEqual(total);
  });

  it("reports its end", async () => {
    const few = { data: points.data.slice(0, 200 * 10), rows: 200, cols: 10 };
    const last: Record<string, Progress> = {};
    const onProgress = (progress: Progress) => {
      last[progress.label] = progress;
    };
    await singleLinkage(few, { onProgress });
    await umap(few, { rng, epochs: 5, onProgress });
    expect(Object.keys(last)).toEqual(["single linkage", "finding nearest neighbours", "UMAP"]);
    for (const { done, total } of Object.values(last)) expect(done).toBe(total);
  });
});

describe("UMAP", () => {
  it("repeats with its seed and refuses unknown options and impossible neighbourhoods", async () => {
    const few = { data: points.data.slice(0, 60 * 10), rows: 60, cols: 10 };
    const once = await umap(few, { rng: RandomStream.fromSeed(7), epochs: 20, components: 3 });
    const again = await umap(few, { rng: RandomStream.fromSeed(7), epochs: 20, components: 3 });
    expect(once).toEqual(again);
    expect([once.rows, once.cols]).toEqual([60, 3]);
    expect(once.data.every(Number.isFinite)).toBe(true);
    await expect(umap(few, { rng, nNeighbors: 5 } as never)).rejects.toThrow(/no option "nNeighbors"/);
    await expect(umap(few, { rng, neighbors: 60 })).rejects.toThrow(/take 2 to 59/);
  });
});
