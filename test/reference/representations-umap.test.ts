import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exactNeighbors } from "#lib/compute/neighbors.js";
import { readNpy } from "#lib/core/npy.js";
import type { Points } from "#lib/core/numeric/points.js";
import { trustworthiness } from "#lib/core/numeric/trustworthiness.js";
import { RandomStream } from "#lib/core/random.js";
import { umap } from "#lib/representations/umap.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const expected = JSON.parse(readFileSync(join(folder, "umap.json"), "utf8")) as {
  summary: Record<string, { min: number; max: number }>;
  baselines: Record<string, number>;
  saved_embedding_trust: Record<string, Record<string, number>>;
};

function load(file: string): Points {
  const { data, shape } = readNpy(join(folder, file));
  return { data: data as Float32Array | Float64Array, rows: shape[0], cols: shape[1] };
}
const points = load("umap_X.npy");
const counts = [3, 5, 12, 15];

describe("trustworthiness against scikit-learn", () => {
  it.each([3, 15])("of the embedding with %i neighbours", async (neighbors) => {
    const embedding = load(`umap_embedding_nn${neighbors}.npy`);
    for (const k of counts) {
      const reference = expected.saved_embedding_trust[`nn${neighbors}`][`trust_k${k}`];
      expect(Math.abs((await trustworthiness(points, embedding, k)) - reference)).toBeLessThan(1e-12);
    }
  });

  it("of random positions", async () => {
    const embedding = load("umap_random_embedding.npy");
    const own = await trustworthiness(points, embedding, 12);
    // The file holds these positions rounded to float32, which swaps a rank or two.
    expect(Math.abs(own - expected.baselines.random_trust_k12)).toBeLessThan(1e-6);
  });
});

describe("exact neighbours against umap-learn's", () => {
  it.each([3, 15])("with %i neighbours, the point itself among them", async (neighbors) => {
    const index = load(`umap_knn_nn${neighbors}_index.npy`).data;
    const distances = load(`umap_knn_nn${neighbors}_dist_sigma_rho.npy`).data;
    const own = await exactNeighbors(points, neighbors - 1);
    for (let i = 0; i < points.rows; i++) {
      expect(index[i * neighbors]).toBe(i);
      for (let c = 1; c < neighbors; c++) {
        const place = i * own.count + c - 1;
        expect(own.indices[place]).toBe(index[i * neighbors + c]);
        const reference = distances[i * (neighbors + 2) + c];
        // Theirs are float32 distances.
        expect(Math.abs(own.distances[place] - reference)).toBeLessThan(1e-5 * reference);
      }
    }
  });
});

describe("UMAP against umap-learn", () => {
  it("keeps neighbourhoods as well as its five seeded runs do, within .01", async () => {
    const embedding = await umap(points, { rng: RandomStream.fromSeed(0), neighbors: 3, minDist: 0.3 });
    expect([embedding.rows, embedding.cols]).toEqual([600, 2]);
    for (const k of counts) {
      const { min } = expected.summary[`nn3_trust_k${k}`];
      const own = await trustworthiness(points, embedding, k);
      expect(own).toBeGreaterThan(min - 0.01);
    }
  });
});
