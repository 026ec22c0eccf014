import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { exactNeighbors, neighborsAmong } from "#lib/compute/neighbors.js";
import { type Matrix, matrix, takeRows } from "#lib/core/matrix.js";
import { readNpy } from "#lib/core/npy.js";
import { trustworthiness } from "#lib/core/numeric/trustworthiness.js";
import { RandomStream } from "#lib/core/random.js";
import type { FittedRepresentation } from "#lib/representations/types.js";
import { fuzzyGraph, unseenMemberships } from "#lib/representations/umap-graph.js";
import { umapRepresentation } from "#lib/representations/umap-representation.js";
import { asWeights } from "../helpers/weight-rows.js";

const folder = process.env.WEIGHTBOOK_REFERENCE ?? "test/reference/fixtures";
const { data, shape } = readNpy(join(folder, "umap_X.npy"));
const blobs = matrix(shape[0], shape[1], data as Float32Array);
const { labels } = JSON.parse(readFileSync(join(folder, "umap.json"), "utf8")) as { labels: number[] };
const isTrain = (i: number) => i % 3 !== 0;
const places = Array.from({ length: blobs.rows }, (_, i) => i);
const [trainPlaces, restPlaces] = [places.filter(isTrain), places.filter((i) => !isTrain(i))];
const train = asWeights(takeRows(blobs, trainPlaces));
const rest = asWeights(takeRows(blobs, restPlaces));
const options = { neighbors: 15, minDist: 0.1, components: 2 };

let fitted: FittedRepresentation;
let seen: Matrix;
let unseen: Matrix;
beforeAll(async () => {
  fitted = await umapRepresentation(options).fit(train, { rng: RandomStream.fromSeed(1) });
  seen = await fitted.transform(train);
  unseen = await fitted.transform(rest);
});

describe("UMAP of unseen rows of eight blobs", () => {
  it("puts them into their own blob", async () => {
    const near = await neighborsAmong(seen, unseen, 5);
    let right = 0;
    restPlaces.forEach((place, i) => {
      const own = [...near.indices.subarray(i * 5, i * 5 + 5)].filter(
        (j) => labels[trainPlaces[j]] === labels[place],
      );
      if (own.length >= 3) right++;
    });
    expect(right / restPlaces.length).toBeGreaterThan(0.97);
  });

  it("keeps their neighbourhoods about as well as those of fitted rows", async () => {
    const ofSeen = await trustworthiness(train.weights, seen, 12);
    const ofUnseen = await trustworthiness(rest.weights, unseen, 12);
    expect(ofSeen).toBeGreaterThan(0.9);
    expect(ofUnseen).toBeGreaterThan(ofSeen - 0.03);
  });

  it("repeats with a seed, and a row's place depends on that row alone", async () => {
    const again = await umapRepresentation(options).fit(train, { rng: RandomStream.fromSeed(1) });
    expect(await again.transform(rest)).toEqual(unseen);
    expect(await again.transform(rest)).toEqual(unseen);
    const some = await fitted.transform(asWeights(takeRows(rest.weights, [30, 4])));
    expect([...some.data]).toEqual([...unseen.data.subarray(60, 62), ...unseen.data.subarray(8, 10)]);
    const other = await umapRepresentation(options).fit(train, { rng: RandomStream.fromSeed(2) });
    expect(await other.transform(rest)).not.toEqual(unseen);
  });

  it("fits on at most maxRows, and places all", async () => {
    const limited = umapRepresentation({ ...options, components: 3, maxRows: 60 });
    const few = await limited.fit(train, { rng: RandomStream.fromSeed(1) });
    const all = await few.transform(train);
    expect([few.dimensions, all.rows, all.cols]).toEqual([3, 400, 3]);
    expect(all.data.every(Number.isFinite)).toBe(true);
  });
});

describe("the fuzzy graph against umap-learn's", () => {
  it.each([
    [3, 2e-4],
    [15, 1e-5],
  ])("with %i neighbours, to %d", async (neighbors, tolerance) => {
    const reference = readNpy(join(folder, `umap_graph_nn${neighbors}_coo.npy`));
    const graph = fuzzyGraph(await exactNeighbors(blobs, neighbors - 1));
    const own = new Map<number, number>();
    graph.weights.forEach((weight, e) => {
      own.set(graph.heads[e] * blobs.rows + graph.tails[e], weight);
    });
    const entries = reference.data as Float64Array;
    expect([own.size, graph.weights.length]).toEqual([reference.shape[0], reference.shape[0]]);
    for (let e = 0; e < reference.shape[0]; e++) {
      const weight = own.get(entries[3 * e] * blobs.rows + entries[3 * e + 1]) ?? Number.NaN;
      expect(Math.abs(weight - entries[3 * e + 2])).toBeLessThan(tolerance);
    }
  });
});

describe("the weights of an unseen row's neighbours", () => {
  it("fall with the distance, and sum to log2 of their number behind the first", () => {
    const weights = unseenMemberships(Float64Array.from([0.5, 0.6, 1, 1.5, 2, 2, 3, 9]));
    const sum = weights.subarray(1).reduce((total, weight) => total + weight, 0);
    expect(sum).toBeCloseTo(3, 4);
    weights.forEach((weight, j) => {
      expect(weight > 0 && weight <= 1 && (j === 0 || weight <= weights[j - 1])).toBe(true);
    });
  });

  it("are finite for rows that coincide", () => {
    expect([...unseenMemberships(new Float64Array(5))]).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("the UMAP representation", () => {
  it("is called UMAP and has 50 dimensions by default", async () => {
    const tiny = asWeights(takeRows(blobs, places.slice(0, 40)));
    const small = await umapRepresentation().fit(tiny, { rng: RandomStream.fromSeed(1) });
    expect([umapRepresentation().name, small.dimensions]).toEqual(["UMAP", 50]);
    expect((await small.transform(tiny)).data.every(Number.isFinite)).toBe(true);
  });

  it("refuses what it cannot do", async () => {
    const rng = RandomStream.fromSeed(1);
    const code = (value: string) => expect.objectContaining({ name: "SpecError", code: value });
    expect(() => umapRepresentation({ components: 0 })).toThrow(code("umap/components"));
    expect(() => umapRepresentation({ maxRows: 2 })).toThrow(code("representation/max-rows"));
    expect(() => umapRepresentation({ nNeighbors: 3 } as never)).toThrow(code("options/unknown"));
    const wide = umapRepresentation({ neighbors: 400 }).fit(train, { rng });
    await expect(wide).rejects.toMatchObject({ code: "umap/neighbors" });
  });
});
