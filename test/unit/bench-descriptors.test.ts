import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { benchMiwd, benchSvm } from "#lib/workbook/bench/descriptors.js";
import type { BenchLine } from "#lib/workbook/bench/line.js";

const sizes = { vectors: 3, length: 2000, rows: 60, cols: 8, rounds: 2 };
const before = process.env.WEIGHTBOOK_PYTHON;
const folder = mkdtempSync(join(tmpdir(), "weightbook-bench-descriptors-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  if (before === undefined) delete process.env.WEIGHTBOOK_PYTHON;
  else process.env.WEIGHTBOOK_PYTHON = before;
});

async function linesOf(bench: typeof benchMiwd, withPeer: boolean): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  await bench(withPeer, new AbortController().signal, (line) => lines.push(line), sizes);
  return lines;
}

/** A stand-in for Python that prints this. */
function python(printed: object): void {
  const path = join(folder, "python");
  writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify(printed)}'\n`);
  chmodSync(path, 0o755);
  process.env.WEIGHTBOOK_PYTHON = path;
}

describe("the benchmarks of descriptors and of the SVM", () => {
  test("measure ours alone", async () => {
    const [line, ...more] = await linesOf(benchMiwd, false);
    expect(line).toMatchObject({ case: "miwd-2k", unit: "us", threads: 1, peer: null, ratio: null });
    expect(line.ours.min).toBeGreaterThan(0);
    expect(more).toEqual([]);
    const [time, wrong] = await linesOf(benchSvm, false);
    expect(time).toMatchObject({ case: "svm-60x8x5", unit: "s", ours: { runs: 2 }, peer: null });
    expect(wrong.ours.median).toBeLessThan(0.8);
  });

  test("say how far they are from the rival, in time and in result", async () => {
    python({ s: { median: 6 }, squares: 2, accuracy: 0.75 });
    const [line, difference] = await linesOf(benchMiwd, true);
    expect(line).toMatchObject({ peer: { name: "numpy", median: 2e6, runs: 2 } });
    expect(line.ratio).toBeCloseTo(line.ours.median / 2e6, 6);
    expect(difference.metric).toBe("difference from the peer's result");
    expect(difference.ours.median).toBeGreaterThan(1);
    const [time, wrong] = await linesOf(benchSvm, true);
    expect(time).toMatchObject({ peer: { name: "scikit-learn", median: 6, runs: 2 } });
    expect(wrong.peer).toMatchObject({ min: 0.25, median: 0.25 });
  });

  test("stop between two runs", async () => {
    const signal = AbortSignal.abort();
    for (const bench of [benchMiwd, benchSvm]) {
      await expect(bench(false, signal, () => undefined, sizes)).rejects.toThrow("interrupted");
    }
  });
});
