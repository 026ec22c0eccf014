import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { singleLinkage } from "#lib/analysis/linkage.js";
import { exactNeighbors } from "#lib/compute/neighbors.js";
import { type RowBlock, shared32, shared64 } from "#lib/compute/product-threads.js";
import { productBlocks, productSteps } from "#lib/compute/row-products.js";
import { Stripes } from "#lib/compute/stripes.js";
import { SymmetricOperator } from "#lib/compute/symmetric-operator.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { RandomStream } from "#lib/core/random.js";

const label = "products";

/** Blocks of 50 rows with all rows up to theirs, and the bits of their products. */
async function blocksOn(workers: number, seed: number, rows: number, cols: number): Promise<number[][]> {
  const rng = RandomStream.fromSeed(seed);
  const data = shared32(rows * cols).map(() => rng.normal());
  const shared = { data: shared32(rows * cols), rows, cols };
  shared.data.set(data);
  const blocks: RowBlock[] = [];
  for (let from = 0; from < rows; from += 50) {
    const to = Math.min(rows, from + 50);
    blocks.push({ from, to, columns: to });
  }
  const found: number[][] = [];
  for await (const { products } of productBlocks(shared, blocks, { label, workers })) {
    found.push(Array.from(products));
  }
  return found;
}

describe("stripes", () => {
  it("share out the first columns evenly, each column once", () => {
    const parts = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 2000 }), (count, columns) => {
        const seen = new Int32Array(columns);
        const sizes = Array.from({ length: count }, (_, part) => {
          const stripes = new Stripes(part, count);
          stripes.each(0, stripes.count(columns), (from, to, column) => {
            for (let i = 0; i < to - from; i++) seen[column + i]++;
          });
          return stripes.count(columns);
        });
        expect(seen.every((times) => times === 1)).toBe(true);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(64);
      }),
    );
  });
});

describe("products on threads", () => {
  it("have the bits of the calling thread's", async () => {
    for (const [seed, rows, cols] of [
      [1, 1, 3],
      [2, 130, 300],
      [3, 333, 17],
    ]) {
      // biome-ignore format: one line
      const alone = await blocksOn(1, seed, rows, cols);
      for (const workers of [2, 3]) expect(await blocksOn(workers, seed, rows, cols)).toEqual(alone);
    }
  });

  it("in float64, of several operands made as they are needed, too", async () => {
    const run = async (workers: number) => {
      const rng = RandomStream.fromSeed(4);
      function* steps() {
        for (let operand = 0; operand < 4; operand++) {
          const rows = { data: shared64(70 * 40), rows: 70, cols: 40 };
          for (let i = 0; i < rows.data.length; i++) rows.data[i] = rng.normal();
          yield { rows, from: 0, to: 30, columns: 30 };
          yield { rows, from: 30, to: 70, columns: 70 };
        }
      }
      const found: number[][] = [];
      const options = { label, workers, room: shared64, largest: 40 * 70, simd: "plain" as const };
      for await (const { products } of productSteps(steps(), options)) found.push(Array.from(products));
      return found;
    };
    const alone = await run(1);
    expect(alone.map(({ length }) => length)).toEqual([900, 2800, 900, 2800, 900, 2800, 900, 2800]);
    expect(await run(3)).toEqual(alone);
  });

  it("are thrown away when the caller leaves early", async () => {
    const rows = { data: shared32(200 * 8), rows: 200, cols: 8 };
    const blocks = Array.from({ length: 20 }, (_, i) => ({ from: 10 * i, to: 10 * i + 10, columns: 200 }));
    for await (const block of productBlocks(rows, blocks, { label, workers: 2 })) {
      if (block.from === 30) break;
    }
    // A thread left behind would keep this file from ending.
  });
});

describe("analysis on threads", () => {
  const rng = RandomStream.fromSeed(5);
  const [rows, cols] = [400, 60];
  // Rounded: many ties.
  const data = Float32Array.from({ length: rows * cols }, () => Math.round(rng.normal()));
  const points = { data, rows, cols };

  it("finds the same linkage and neighbours on any number of them", async () => {
    const linkage = await singleLinkage(points, { method: "filtered", workers: 1 });
    const near = await exactNeighbors(points, 7, { workers: 1 });
    for (const workers of [2, 3]) {
      expect(await singleLinkage(points, { method: "filtered", workers })).toEqual(linkage);
      expect(await exactNeighbors(points, 7, { workers })).toEqual(near);
    }
  });
});

describe("a symmetric operator", () => {
  const before = process.env.WEIGHTBOOK_WORKERS;
  afterEach(() => {
    if (before === undefined) delete process.env.WEIGHTBOOK_WORKERS;
    else process.env.WEIGHTBOOK_WORKERS = before;
  });

  it("has the same bits on threads, where it is large", async () => {
    const [size, count] = [1000, 150];
    const rng = RandomStream.fromSeed(6);
    const g = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        g[i * size + j] = rng.normal();
        g[j * size + i] = g[i * size + j];
      }
    }
    const v = Float64Array.from({ length: count * size }, () => rng.normal());
    const products: Float64Array[] = [];
    for (const workers of ["1", "3"]) {
      process.env.WEIGHTBOOK_WORKERS = workers;
      const operator = new SymmetricOperator(g, size, count, new Pacer(label, 1, "products", {}));
      products.push((await operator.apply(v, count)).slice());
      await operator.close();
    }
    expect(Buffer.compare(Buffer.from(products[0].buffer), Buffer.from(products[1].buffer))).toBe(0);
  });
});
