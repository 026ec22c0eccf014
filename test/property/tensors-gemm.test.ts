import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Gemm, gemmName, setBlasThreads, wasmGemm, withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { wasmHeap } from "#lib/compute/tensors/wasm/heap.js";
import { RandomStream } from "#lib/core/random.js";
import { onEngines, wasmEngines } from "../helpers/tensor-engines.js";

const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 41, max: 300 }));
const gap = fc.constantFrom<number[]>(0, 0, 1, 5);
const factor = fc.constantFrom<number[]>(0, 1, 1, -0.5, 2);
const products = fc.record({
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  m: size,
  n: size,
  k: fc.oneof(size, fc.integer({ min: 500, max: 600 })),
  alpha: factor,
  beta: factor,
  gapA: gap,
  gapB: gap,
  gapC: gap,
  seed: fc.integer(),
});
type Product = typeof products extends fc.Arbitrary<infer T> ? T : never;

/** Places of an operand's values, with `gap` foreign values behind each row. */
function layout(rows: number, columns: number, gap: number, transposed: boolean) {
  const lead = (transposed ? rows : columns) + gap;
  const at = (i: number, j: number) => (transposed ? j * lead + i : i * lead + j);
  return { lead, length: (transposed ? columns : rows) * lead, at };
}

/** Runs one product and compares every value of C's memory with sums in float64, gaps and surroundings too. */
function check(gemm: Gemm, product: Product): void {
  const { transposeA, transposeB, m, n, k, alpha, beta } = product;
  const a = layout(m, k, product.gapA, transposeA);
  const b = layout(k, n, product.gapB, transposeB);
  const c = layout(m, n, product.gapC, false);
  const heap = wasmHeap();
  const address = heap.allocate(4 * (a.length + b.length + c.length + 16));
  const floats = heap.floats();
  const start = address / 4;
  const stream = RandomStream.fromSeed(product.seed);
  const values = (offset: number, length: number) => {
    for (let i = 0; i < length; i++) floats[offset + i] = stream.normal();
    return Float64Array.from(floats.subarray(offset, offset + length));
  };
  const [va, vb] = [values(start, a.length), values(start + a.length, b.length)];
  const atC = start + a.length + b.length + 8;
  const before = values(atC - 8, c.length + 16);
  if (beta === 0) {
    for (let i = 0; i < m; i++) floats.fill(Number.NaN, atC + c.at(i, 0), atC + c.at(i, 0) + n);
  }
  gemm(
    transposeA,
    transposeB,
    m,
    n,
    k,
    alpha,
    4 * start,
    a.lead,
    4 * (start + a.length),
    b.lead,
    beta,
    4 * atC,
    c.lead,
  );
  const expected = before.slice();
  let bound = 1;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let [sum, sizes] = [0, 0];
      for (let s = 0; s < k; s++) {
        const term = va[a.at(i, s)] * vb[b.at(s, j)];
        sum += term;
        sizes += Math.abs(term);
      }
      const old = beta === 0 ? 0 : beta * before[8 + c.at(i, j)];
      expected[8 + c.at(i, j)] = alpha * sum + old;
      bound = Math.max(bound, Math.abs(alpha) * sizes + Math.abs(old));
    }
  }
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(heap.floats()[atC - 8 + i] - expected[i]);
    if (!(difference <= worst)) worst = difference;
  }
  heap.free(address);
  // Rounding grows with the number of terms at most; the usual is its root.
  expect(worst).toBeLessThanOrEqual(bound * 2 ** -24 * Math.max(4, Math.sqrt(k)));
}

onEngines(wasmEngines, "C = alpha op(A) op(B) + beta C", () => {
  test("equals sums in float64, and writes nowhere else", () => {
    fc.assert(
      fc.property(products, (product) => check(wasmGemm(), product)),
      { numRuns: 80, seed: 1 },
    );
  });

  test("sizes of 0 are allowed, with rows of no length", () => {
    for (let bits = 0; bits < 32; bits++) {
      const [m, n, k] = [1, 2, 4].map((bit) => (bits & bit ? 3 : 0));
      for (const beta of [0, 2]) {
        const rest = { alpha: 1, beta, gapA: 0, gapB: 0, gapC: 0, seed: bits };
        check(wasmGemm(), { transposeA: (bits & 8) > 0, transposeB: (bits & 16) > 0, m, n, k, ...rest });
      }
    }
  });

  test("blocks of every size join", () => {
    const sizes = [
      [1030, 3, 515],
      [3, 1030, 515],
      [130, 520, 1],
      [257, 513, 260],
    ];
    for (const [m, n, k] of sizes) {
      for (const transposeA of [false, true]) {
        const rest = { alpha: 1, beta: 1, gapA: 0, gapB: 0, gapC: 3, seed: m };
        check(wasmGemm(), { transposeA, transposeB: !transposeA, m, n, k, ...rest });
      }
    }
  });
});

describe("the choice", () => {
  test("holds for the work and no longer", () => {
    const name = gemmName();
    expect(withGemm("own", () => gemmName())).toMatch(/^own sgemm \((fma|plain)\)$/);
    expect(() =>
      withGemm("own", () => {
        throw new Error("work failed");
      }),
    ).toThrow("work failed");
    expect(gemmName()).toBe(name);
  });

  test("a number of threads that is none is refused", () => {
    expect(() => setBlasThreads(0)).toThrow(/positive integer/);
    setBlasThreads(1);
  });
});
