import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countLabels, cutAtCount, cutAtHeight } from "#lib/analysis/cut.js";
import { singleLinkage } from "#lib/analysis/linkage.js";
import { readNpy } from "#lib/core/npy.js";
import type { Points } from "#lib/core/numeric/points.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";

interface LinkageReference {
  heights: number[];
  sizes: number[];
  Z_left: number[];
  Z_right: number[];
  maxclust_labels: Record<string, number[]>;
  maxclust_count: Record<string, number>;
  distance_labels: { t: number; labels: number[] };
}
const reference = JSON.parse(readFileSync(join(folder, "linkage.json"), "utf8")) as Record<
  string,
  LinkageReference
>;

function pointsOf(name: string): Points {
  const { data, shape } = readNpy(join(folder, `linkage_${name}_X.npy`));
  return { data: data as Float32Array | Float64Array, rows: shape[0], cols: shape[1] };
}

const ascending = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b);

describe.each(["blobs", "ties", "weights"])("single linkage of %s against scipy", (name) => {
  const expected = reference[name];

  it.each(["direct", "filtered"] as const)("%s: heights and every cut", async (method) => {
    const linkage = await singleLinkage(pointsOf(name), { method });
    expect(linkage.heights.length).toBe(expected.heights.length);
    linkage.heights.forEach((height, i) => {
      expect(Math.abs(height - expected.heights[i])).toBeLessThanOrEqual(1e-12 * expected.heights[i]);
    });
    for (const [count, labels] of Object.entries(expected.maxclust_labels)) {
      const own = cutAtCount(linkage, Number(count));
      expect(Array.from(own)).toEqual(labels);
      expect(countLabels(own)).toBe(expected.maxclust_count[count]);
    }
    // The threshold is a height of scipy's; ours may differ from it in the last bit.
    const t = expected.distance_labels.t * (1 + 1e-13);
    expect(Array.from(cutAtHeight(linkage, t))).toEqual(expected.distance_labels.labels);
  });

  it("direct: merges the same clusters in the same order, equal heights included", async () => {
    const linkage = await singleLinkage(pointsOf(name), { method: "direct" });
    expect(Array.from(linkage.left)).toEqual(expected.Z_left);
    expect(Array.from(linkage.right)).toEqual(expected.Z_right);
    expect(ascending(linkage.sizes)).toEqual(ascending(expected.sizes));
  });
});
