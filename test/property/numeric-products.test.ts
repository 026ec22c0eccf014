import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RightOperand } from "#lib/compute/gemm.js";
import { matmul, matmulTransposedA, matmulTransposedB } from "#lib/compute/matmul.js";
import { exactNeighbors, neighborsAmong } from "#lib/compute/neighbors.js";
import type { Matrix } from "#lib/core/matrix.js";
import { symmetricEigen } from "#lib/core/numeric/eigen.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { distance } from "#lib/core/numeric/points.js";
import { RandomStream } from "#lib/core/random.js";

function randomMatrix(rng: RandomStream, rows: number, cols: number): Matrix {
  return { data: Float32Array.from({ length: rows * cols }, () => rng.normal()), rows, cols };
}

function transpose({ data, rows, cols }: Matrix): Matrix {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j];
  return { data: out, rows: cols, cols: rows };
}

const sizes = fc.record({
  seed: fc.integer(),
  m: fc.integer({ min: 1, max: 150 }),
  n: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 600 }),
});

describe("matrix products", () => {
  it("are right to float32 rounding, and equal in bits however the operands are stored", () => {
    fc.assert(
      fc.property(sizes, ({ seed, m, n, k }) => {
        const rng = RandomStream.fromSeed(seed);
        const [a, b] = [randomMatrix(rng, m, k), randomMatrix(rng, k, n)];
        const product = matmul(a, b);
        expect([product.rows, product.cols]).toEqual([m, n]);
        for (let i = 0; i < m; i += 7) {
          for (let j = 0; j < n; j++) {
            let exact = 0;
            let size = 0;
            for (let p = 0; p < k; p++) {
              const term = a.data[i * k + p] * b.data[p * n + j];
              exact += term;
              size += Math.abs(term);
            }
            // The bound that DistanceBounds relies on.
            const bound = (Math.min(k, 256) + Math.ceil(k / 256) + 1) * 2 ** -24 * size;
            expect(Math.abs(product.data[i * n + j] - exact)).toBeLessThanOrEqual(bound);
          }
        }
        expect(matmulTransposedB(a, transpose(b)).data).toEqual(product.data);
        expect(matmulTransposedA(transpose(a), b).data).toEqual(product.data);
      }),
      { numRuns: 30 },
    );
  });

  it("do not depend on which rows and columns are computed together; float64 likewise", () => {
    fc.assert(
      fc.property(sizes, ({ seed, m, n, k }) => {
        const rng = RandomStream.fromSeed(seed);
        const a = Float64Array.from({ length: m * k }, () => rng.normal());
        const b = Float64Array.from({ length: k * n }, () => rng.normal());
        const right = new RightOperand(b, k, n);
        const whole = right.multiply(a, m, new Float64Array(m * n));
        const columns = 1 + rng.integer(n);
        const row = rng.integer(m);
        const part = right.multiply(a.subarray(row * k, (row + 1) * k), 1, new Float64Array(columns), {
          columns,
        });
        expect(part).toEqual(whole.slice(row * n, row * n + columns));
        let exact = 0;
        for (let p = 0; p < k; p++) exact += a[row * k + p] * b[p * n];
        expect(part[0]).toBeCloseTo(exact, 10);
      }),
      { numRuns: 30 },
    );
  });
});

describe("exact neighbours", () => {
  it("are those of a search through all distances", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 6, max: 200 }),
        fc.constantFrom(0, 500),
        async (seed, n, shift) => {
          const rng = RandomStream.fromSeed(seed);
          const points = randomMatrix(rng, n, 12);
          // Shifted and rounded to eighths: cancellation and ties.
          points.data.forEach((value, i) => {
            points.data[i] = Math.round(value * 8) / 8 + shift;
          });
          const found = await exactNeighbors(points, 5);
          for (let i = 0; i < n; i++) {
            const others = Array.from({ length: n }, (_, j) => ({ j, d: distance(points, i, points, j) }))
              .filter(({ j }) => j !== i)
              .sort((x, y) => x.d - y.d || x.j - y.j)
              .slice(0, 5);
            expect(Array.from(found.indices.subarray(i * 5, i * 5 + 5))).toEqual(others.map(({ j }) => j));
            expect(Array.from(found.distances.subarray(i * 5, i * 5 + 5))).toEqual(others.map(({ d }) => d));
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it("are right where hundreds are equally near, and where float32 overflows", async () => {
    const rng = RandomStream.fromSeed(8);
    const [n, count] = [400, 3];
    for (const far of [0, 1e25, 1e200]) {
      // Eight places; far away, nothing can be said in float32.
      const data = Float64Array.from({ length: n * 3 }, () => rng.integer(2));
      data[0] += far;
      const points = { data, rows: n, cols: 3 };
      const found = await exactNeighbors(points, count);
      for (let i = 0; i < n; i++) {
        const others = Array.from({ length: n }, (_, j) => ({ j, d: distance(points, i, points, j) }))
          .filter(({ j }) => j !== i)
          .sort((x, y) => (x.d === y.d ? x.j - y.j : x.d - y.d))
          .slice(0, count);
        expect(Array.from(found.indices.subarray(i * count, (i + 1) * count))).toEqual(
          others.map(({ j }) => j),
        );
        expect(Array.from(found.distances.subarray(i * count, (i + 1) * count))).toEqual(
          others.map(({ d }) => d),
        );
      }
    }
  });

  it("among reference points are those of a plain search, ties by index, a point itself at distance 0", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (seed, double, n) => {
          const rng = RandomStream.fromSeed(seed);
          const reference = randomMatrix(rng, 60, 7);
          const drawn = randomMatrix(rng, n, 7);
          // Coarse values make ties; a far query makes the bounds wide; the last query is a reference point.
          for (const points of [reference, drawn]) {
            points.data.forEach((value, i) => {
              points.data[i] = Math.round(value * 2) / 2 + (points === drawn && i < 7 ? 1e6 : 0);
            });
          }
          drawn.data.set(reference.data.subarray(7 * 41, 7 * 42), 7 * (n - 1));
          const queries = double ? { ...drawn, data: Float64Array.from(drawn.data) } : drawn;
          const found = await neighborsAmong(reference, queries, 6);
          for (let i = 0; i < n; i++) {
            const all = Array.from({ length: 60 }, (_, j) => ({ j, d: distance(queries, i, reference, j) }))
              .sort((x, y) => x.d - y.d || x.j - y.j)
              .slice(0, 6);
            expect(Array.from(found.indices.subarray(i * 6, i * 6 + 6))).toEqual(all.map(({ j }) => j));
            expect(Array.from(found.distances.subarray(i * 6, i * 6 + 6))).toEqual(all.map(({ d }) => d));
          }
          expect(found.distances[(n - 1) * 6]).toBe(0);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("symmetric eigenproblems", () => {
  it("A = V^T diag(values) V with orthonormal V, values descending", async () => {
    const pacer = new Pacer("eigenpairs", 1, "matrices", {});
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        async (seed, n, lowRank) => {
          const rng = RandomStream.fromSeed(seed);
          const factor = Float64Array.from({ length: n * n }, (_, p) =>
            lowRank && p >= 3 * n ? 0 : rng.normal(),
          );
          const a = new Float64Array(n * n);
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
              for (let p = 0; p < n; p++) a[i * n + j] += factor[p * n + i] * factor[p * n + j];
            }
          }
          const { values, vectors } = await symmetricEigen(a, n, pacer);
          for (let i = 0; i < n; i++) {
            if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
            for (let j = 0; j < n; j++) {
              let dot = 0;
              let entry = 0;
              for (let p = 0; p < n; p++) {
                dot += vectors[i * n + p] * vectors[j * n + p];
                entry += values[p] * vectors[p * n + i] * vectors[p * n + j];
              }
              expect(dot).toBeCloseTo(i === j ? 1 : 0, 10);
              expect(Math.abs(entry - a[i * n + j])).toBeLessThan(1e-12 * (1 + values[0]) * n);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
