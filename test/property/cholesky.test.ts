import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cholesky, multiplyUpper, solveLower, solveUpper } from "#lib/compute/cholesky.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { RandomStream } from "#lib/core/random.js";

const pacer = () => new Pacer("factorising", 1, "steps", {});

/** F^T F of a random F [rank, n]: singular where the rank is below n. */
function semidefinite(rng: RandomStream, n: number, rank: number): Float64Array {
  const factor = Float64Array.from({ length: rank * n }, () => rng.normal());
  const a = new Float64Array(n * n);
  for (let p = 0; p < rank; p++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) a[i * n + j] += factor[p * n + i] * factor[p * n + j];
    }
  }
  return a;
}

const largest = (values: Float64Array): number => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

const cases = fc.record({
  seed: fc.integer({ min: 1 }),
  // Blocks are of 128 columns: none, one, and several of them, and their edges.
  n: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(127, 128, 129, 256, 300)),
  rank: fc.integer({ min: 1, max: 60 }),
  scale: fc.constantFrom(1, 0.25, 3),
  shift: fc.constantFrom(1e-6, 0.1, 10),
});

describe("Cholesky factors by blocks", () => {
  test("multiply to the matrix, whatever its rank", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, n, rank, scale, shift }) => {
        const a = semidefinite(RandomStream.fromSeed(seed), n, rank);
        const before = a.slice();
        const { lower } = await cholesky(a, n, { scale, shift }, pacer());
        expect(a).toEqual(before);
        const bound = 1e-13 * n * (scale * largest(a) + shift);
        for (let i = 0; i < n; i += Math.ceil(n / 40)) {
          for (let j = 0; j <= i; j++) {
            let entry = 0;
            for (let p = 0; p <= j; p++) entry += lower[i * n + p] * lower[j * n + p];
            const wanted = scale * a[i * n + j] + (i === j ? shift : 0);
            expect(Math.abs(entry - wanted)).toBeLessThan(bound);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("solve, and one way undoes the other", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ seed, n, rank, scale, shift }) => {
        const rng = RandomStream.fromSeed(seed);
        const a = semidefinite(rng, n, rank);
        const factor = await cholesky(a, n, { scale, shift }, pacer());
        const b = Float64Array.from({ length: n }, () => rng.normal());
        const x = b.slice();
        solveLower(factor, x);
        solveUpper(factor, x);
        // Backward stable: what is left of b is small beside matrix times solution.
        const size = (scale * largest(a) * n + shift) * largest(x);
        for (let i = 0; i < n; i++) {
          let left = b[i] - shift * x[i];
          for (let j = 0; j < n; j++) left -= scale * (j <= i ? a[i * n + j] : a[j * n + i]) * x[j];
          expect(Math.abs(left)).toBeLessThan(1e-13 * n * size + 1e-12);
        }
        const y = b.slice();
        multiplyUpper(factor, y);
        const back = y.slice();
        solveUpper(factor, back);
        const condition = Math.sqrt((scale * largest(a) * n + shift) / shift);
        for (let i = 0; i < n; i++) {
          expect(Math.abs(back[i] - b[i])).toBeLessThan(1e-13 * n * condition * (1 + largest(b)));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("solve many rows to the bits of each alone", async () => {
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.integer({ min: 1, max: 9 }),
        async ({ seed, n, rank, scale, shift }, count) => {
          const rng = RandomStream.fromSeed(seed);
          const factor = await cholesky(semidefinite(rng, n, rank), n, { scale, shift }, pacer());
          const rows = Float64Array.from({ length: count * n }, () => rng.normal());
          for (const turn of [solveLower, solveUpper, multiplyUpper]) {
            const together = rows.slice();
            turn(factor, together);
            const alone = rows.slice();
            for (let r = 0; r < count; r++) turn(factor, alone.subarray(r * n, (r + 1) * n));
            expect(together).toEqual(alone);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([1, 3])(
    "what rounding leaves of rank %d does not grow, however small the shift",
    async (rank) => {
      const n = 300;
      const a = semidefinite(RandomStream.fromSeed(rank), n, rank).map((value) => 1e16 * value);
      const { lower } = await cholesky(a, n, { shift: 1e-5 }, pacer());
      for (let i = 0; i < n; i++) {
        let squares = 0;
        for (let j = 0; j <= i; j++) squares += lower[i * n + j] ** 2;
        expect(Math.abs(squares - a[i * n + i])).toBeLessThan(1e-11 * n * a[i * n + i] + 1e-4);
      }
    },
  );

  test("stops within its work", async () => {
    const n = 600;
    const a = semidefinite(RandomStream.fromSeed(1), n, 5);
    const controller = new AbortController();
    const pacing = new Pacer("factorising", 1, "steps", { signal: controller.signal });
    controller.abort();
    const many = async () => {
      for (let round = 0; round < 100; round++) await cholesky(a, n, { shift: 1 }, pacing);
    };
    await expect(many()).rejects.toThrow("factorising");
  });
});
