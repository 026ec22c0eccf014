import { describe, expect, it } from "vitest";
import { dendrogramLayout, pointsOfCluster } from "#lib/analysis/dendrogram.js";
import { nearestModels, stepLengths, weightMoments } from "#lib/analysis/geometry.js";
import { singleLinkage } from "#lib/analysis/linkage.js";
import { scoreTrajectories } from "#lib/analysis/trajectories.js";
import type { Points } from "#lib/core/numeric/points.js";

/** Models far apart on one axis; `steps[m]` are the lengths of model m's steps along the other. */
function trajectories(steps: number[][]): { points: Points; models: Int32Array; epochs: Int32Array } {
  const rows = steps.flatMap((lengths, model) => {
    let place = 0;
    return [0, ...lengths].map((length, i) => {
      place += length;
      return { at: [1000 * model, place], model, epoch: i + 1 };
    });
  });
  return {
    points: { data: Float64Array.from(rows.flatMap((row) => row.at)), rows: rows.length, cols: 2 },
    models: Int32Array.from(rows, (row) => row.model),
    epochs: Int32Array.from(rows, (row) => row.epoch),
  };
}

async function score(steps: number[][], options = {}) {
  const { points, models, epochs } = trajectories(steps);
  return scoreTrajectories(await singleLinkage(points), models, epochs, options);
}

describe("trajectory scores", () => {
  it("recover trajectories whose steps shrink, but for the last tie, which goes by the option", async () => {
    const steps = [
      [8, 4, 2, 1],
      [9, 5, 3, 2],
    ];
    const ordered = await score(steps);
    expect(ordered).toMatchObject({ clusterPurity: 1, orderedInitialEpochs: 5, orderedEpochsFraction: 1 });
    const reverse = await score(steps, { ties: "reverse" });
    expect(reverse).toMatchObject({ clusterPurity: 1, orderedInitialEpochs: 3, orderedEpochsFraction: 0.5 });
    const average = await score(steps, { ties: "average" });
    expect(average).toMatchObject({ orderedInitialEpochs: 4, orderedEpochsFraction: 0.75 });
    expect(ordered.clusters.map((cluster) => cluster.model)).toEqual([0, 1]);
    expect(Array.from(reverse.clusters[0].order)).toEqual([1, 2, 3, 5, 4]);
  });

  it("count exact neighbours only, where steps grow", async () => {
    // First merges: 1 (epochs 1 and 2), 2, 4, 8 descend as epochs 5, 4, 3, then the tie 1, 2.
    const growing = await score([
      [1, 2, 4, 8],
      [1, 2, 4, 8],
    ]);
    expect(growing).toMatchObject({ clusterPurity: 1, orderedInitialEpochs: 0, orderedEpochsFraction: 0.25 });
  });

  it("average purity over clusters and leave singletons out of the ordered fraction unless told", async () => {
    // Cut into three: model 0 loses its first epoch, a singleton that is pure and a prefix of one.
    const steps = [
      [500, 2, 1],
      [3, 2, 1],
    ];
    const scores = await score(steps, { clusters: 3 });
    expect(scores.singletons).toBe(1);
    expect(scores.clusters.map((cluster) => cluster.samples)).toEqual([1, 3, 4]);
    expect(scores.clusters[0].orderedEpochsFraction).toBeNull();
    expect(scores.orderedInitialEpochs).toBeCloseTo((1 + 0 + 4) / 3, 12);
    expect(scores.orderedEpochsFraction).toBe(1);
    expect((await score(steps, { clusters: 3, singletons: "zero" })).orderedEpochsFraction).toBeCloseTo(
      2 / 3,
      12,
    );
    const one = await score(steps, { clusters: 1 });
    expect(one.clusterPurity).toBe(0.5);
    expect(one.clusters[0].model).toBe(0);
  });

  it("take epochs by rank among those kept, and state the chance level", async () => {
    const { points, models, epochs } = trajectories([
      [8, 4, 2],
      [8, 4, 2],
    ]);
    const linkage = await singleLinkage(points);
    const kept = epochs.map((epoch) => 10 * epoch);
    const scores = scoreTrajectories(linkage, models, kept);
    expect(scores.orderedInitialEpochs).toBe(4);
    // 1/4 + 1/12 + 1/24 + 1/24 first, and a quarter of the pairs.
    expect(scores.chance.orderedInitialEpochs).toBeCloseTo(1 / 4 + 1 / 12 + 1 / 24 + 1 / 24, 12);
    expect(scores.chance.orderedEpochsFraction).toBeCloseTo(1 / 4, 12);
    expect(() => scoreTrajectories(linkage, models, epochs.fill(1))).toThrow(/epoch 1 twice/);
    expect(() => scoreTrajectories(linkage, models.slice(1), kept)).toThrow(/one for each point/);
    expect(() => scoreTrajectories(linkage, models, kept, { tie: "epoch" } as object)).toThrow(
      /no option "tie"/,
    );
  });
});

describe("a dendrogram's layout", () => {
  it("shows shrinking steps as a saw-tooth that falls to the right", async () => {
    const { points, models, epochs } = trajectories([[8, 4, 2, 1]]);
    const layout = dendrogramLayout(await singleLinkage(points), models, epochs);
    expect(layout.leaves.map((leaf) => leaf.epoch)).toEqual([1, 2, 3, 4, 5]);
    expect(layout.links.map((link) => link.height)).toEqual([1, 2, 4, 8]);
    expect(layout.links[0]).toEqual({ x0: 3, x1: 4, y0: 0, y1: 0, height: 1, model: 0, cluster: 0 });
    expect(layout.links[1]).toMatchObject({ x0: 2, x1: 3.5, y0: 0, y1: 1 });
    expect(layout.cutHeight).toBeUndefined();
  });

  it("colours below the cut only, and collapses clusters to leaves", async () => {
    const { points, models, epochs } = trajectories([
      [8, 4],
      [8, 4],
      [8, 4],
    ]);
    const linkage = await singleLinkage(points);
    const { labels } = scoreTrajectories(linkage, models, epochs);
    const layout = dendrogramLayout(linkage, models, epochs, { labels });
    const counts = [null, 0, 1, 2].map((model) => layout.links.filter((link) => link.model === model).length);
    expect(counts).toEqual([2, 2, 2, 2]);
    expect(layout.cutHeight).toBe((8 + 1000) / 2);
    const small = dendrogramLayout(linkage, models, epochs, { labels, collapsed: true });
    expect(small.leaves.map(({ model, size }) => [model, size])).toEqual([
      [2, 3],
      [0, 3],
      [1, 3],
    ]);
    expect(small.links.map(({ y0, y1, height }) => [y0, y1, height])).toEqual([
      [8, 8, 1000],
      [8, 1000, 1000],
    ]);
    expect(Array.from(pointsOfCluster(labels, 1))).toEqual([3, 4, 5]);
  });
});

describe("geometry", () => {
  it("measures steps, nearest models and moments", async () => {
    const { points, models, epochs } = trajectories([
      [8, 4],
      [6, 1500],
    ]);
    const steps = stepLengths(points, models, epochs);
    expect(steps.map(({ lengths }) => Array.from(lengths))).toEqual([
      [8, 4],
      [6, 1500],
    ]);
    expect(Array.from(steps[1].epochs)).toEqual([2, 3]);
    const nearest = await nearestModels(points, models);
    expect(Array.from(nearest.own)).toEqual([8, 4, 4, 6, 6, 1500]);
    expect(nearest.other[0]).toBe(1000);
    expect(nearest.other[1]).toBeCloseTo(Math.hypot(1000, 2), 9);
    expect(Array.from(nearest.otherIndex)).toEqual([3, 4, 4, 0, 1, 2]);
    const moments = weightMoments({ data: Float64Array.of(1, 3, 5, 5), rows: 2, cols: 2 });
    expect(Array.from(moments.mean)).toEqual([2, 5]);
    expect(Array.from(moments.deviation)).toEqual([1, 0]);
  });
});
