import fc from "fast-check";
import { agnes } from "ml-hclust";
import { describe, expect, it } from "vitest";
import { countLabels, cutAtCount, cutAtHeight, leafHeights, toClusterTree } from "#lib/analysis/cut.js";
import { subLinkage } from "#lib/analysis/dendrogram.js";
import { singleLinkage } from "#lib/analysis/linkage.js";
import { distance, type Points } from "#lib/core/numeric/points.js";
import { RandomStream } from "#lib/core/random.js";

/** Clustered points, so that near and far pairs both occur. */
function randomPoints(seed: number, rows: number, cols: number, spread = 0.1): Points {
  const rng = RandomStream.fromSeed(seed);
  const groups = 1 + rng.integer(5);
  const centres = Float64Array.from({ length: groups * cols }, () => rng.normal(0, 10));
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const group = rng.integer(groups);
    for (let j = 0; j < cols; j++) data[i * cols + j] = centres[group * cols + j] + rng.normal(0, spread);
  }
  return { data, rows, cols };
}

const rowsOf = ({ data, rows, cols }: Points) =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
const shapes = {
  seed: fc.integer(),
  rows: fc.integer({ min: 2, max: 40 }),
  cols: fc.integer({ min: 1, max: 9 }),
};

describe("single linkage", () => {
  it("has the heights and the cuts of ml-hclust's", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(shapes), async ({ seed, rows, cols }) => {
        const points = randomPoints(seed, rows, cols);
        const linkage = await singleLinkage(points);
        const oracle = agnes(rowsOf(points), { method: "single" });
        const heights: number[] = [];
        oracle.traverse((node) => {
          if (!node.isLeaf) heights.push(node.height);
        });
        heights.sort((a, b) => a - b);
        heights.forEach((height, i) => {
          expect(linkage.heights[i]).toBeCloseTo(height, 9);
        });
        const count = 1 + Math.floor(rows / 3);
        const labels = cutAtCount(linkage, count);
        expect(countLabels(labels)).toBe(count);
        for (const part of oracle.group(count).children) {
          expect(new Set(part.indices().map((i) => labels[i])).size).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("filtered by float32 bounds has the bits of the direct method", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ...shapes,
          spread: fc.constantFrom(1e-6, 1e-3, 0.1, 10),
          shift: fc.constantFrom(0, 1000),
        }),
        async ({ seed, rows, cols, spread, shift }) => {
          const points = randomPoints(seed, rows * 8, cols * 5, spread);
          for (let i = 0; i < points.data.length; i++) points.data[i] += shift;
          const direct = await singleLinkage(points, { method: "direct" });
          const filtered = await singleLinkage(points, { method: "filtered" });
          expect(filtered.heights).toEqual(direct.heights);
          for (const height of direct.heights.filter((_, i) => i % 10 === 0)) {
            expect(countLabels(cutAtHeight(filtered, height))).toBe(countLabels(cutAtHeight(direct, height)));
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it("filtered survives duplicates, ties and values that overflow float32", async () => {
    const grid = Float32Array.from({ length: 3 * 200 }, (_, i) => (i * 7) % 4);
    const huge = Float32Array.from({ length: 3 * 50 }, (_, i) => ((i * 31) % 17) * 1e30);
    for (const data of [grid, huge, new Float32Array(60)]) {
      const points = { data, rows: data.length / 3, cols: 3 };
      const direct = await singleLinkage(points, { method: "direct" });
      const filtered = await singleLinkage(points, { method: "filtered" });
      expect(filtered.heights).toEqual(direct.heights);
    }
  });

  it("merges first, for each point, at the distance of its nearest neighbour", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(shapes), async ({ seed, rows, cols }) => {
        const points = randomPoints(seed, rows, cols);
        const heights = leafHeights(await singleLinkage(points));
        for (let i = 0; i < rows; i++) {
          const others = Array.from({ length: rows }, (_, j) =>
            j === i ? Infinity : distance(points, i, points, j),
          );
          expect(heights[i]).toBe(Math.min(...others));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("a linkage", () => {
  it("keeps its heights and leaves as ml-hclust's tree", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(shapes), async ({ seed, rows, cols }) => {
        const linkage = await singleLinkage(randomPoints(seed, rows, cols));
        const tree = toClusterTree(linkage);
        expect(tree.size).toBe(rows);
        expect(tree.indices().sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
        const middle = linkage.heights[Math.floor(linkage.heights.length / 2)];
        const labels = cutAtHeight(linkage, middle);
        const parts = tree.cut(middle);
        expect(parts.length).toBe(countLabels(labels));
        for (const part of parts) expect(new Set(part.indices().map((i) => labels[i])).size).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it("of a part of the points joins two of them at the height of the whole", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(shapes), async ({ seed, rows, cols }) => {
        const linkage = await singleLinkage(randomPoints(seed, rows, cols));
        const chosen = Array.from(RandomStream.fromSeed(seed).permutation(rows)).slice(
          0,
          Math.ceil(rows / 2),
        );
        const part = subLinkage(linkage, chosen);
        for (const height of linkage.heights) {
          const [whole, own] = [cutAtHeight(linkage, height), cutAtHeight(part, height)];
          chosen.forEach((point, i) => {
            expect(own[i] === own[0]).toBe(whole[point] === whole[chosen[0]]);
          });
        }
      }),
      { numRuns: 40 },
    );
  });
});
