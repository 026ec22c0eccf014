import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readNpy } from "#lib/core/npy.js";
import { silhouettes } from "#lib/core/numeric/silhouette.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const expected = JSON.parse(readFileSync("test/reference/fixtures/silhouette.json", "utf8")) as {
  blobs_maxclust: Record<string, number>;
};

it.each(Object.entries(expected.blobs_maxclust))(
  "agrees with scikit-learn for %s clusters",
  async (k, expectedMean) => {
    const { data, shape } = readNpy(join(folder, "linkage_blobs_X.npy"));
    const points = { data: data as Float64Array, rows: shape[0], cols: shape[1] };
    const labels = read("linkage.json").blobs.maxclust_labels[k] as number[];
    const found = await silhouettes(points, labels.map(String));
    expect(found.reduce((sum, value) => sum + value / found.length, 0)).toBeCloseTo(expectedMean, 12);
  },
);
