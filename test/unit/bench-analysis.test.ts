import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { benchLarge } from "#lib/workbook/bench/large.js";
import type { LargeWork } from "#lib/workbook/bench/large-run.js";
import type { BenchLine } from "#lib/workbook/bench/line.js";

const size = { rows: 60, cols: 30, rounds: 2, threads: 2 };
const works: LargeWork[] = ["linkage", "knn", "svd", "umap"];
const before = process.env.WEIGHTBOOK_PYTHON;
const folder = mkdtempSync(join(tmpdir(), "weightbook-bench-analysis-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  if (before === undefined) delete process.env.WEIGHTBOOK_PYTHON;
  else process.env.WEIGHTBOOK_PYTHON = before;
});

async function linesOf(work: LargeWork, withPeer: boolean): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  await benchLarge(work, withPeer, new AbortController().signal, (line) => lines.push(line), size);
  return lines;
}

/** A stand-in for Python that runs this shell script. */
function python(script: string): void {
  const path = join(folder, "python");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  process.env.WEIGHTBOOK_PYTHON = path;
}

describe("the benchmark of large analysis", () => {
  test.each(works)("measures time and memory of %s in processes of its own", async (work) => {
    const lines = await linesOf(work, false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      bench: "analysis",
      case: `${work}-60x30`,
      unit: "s",
      threads: 2,
      peer: null,
      ratio: null,
    });
    expect(lines[0].ours.runs).toBe(2);
    expect(lines[0].ours.min).toBeGreaterThan(0);
    expect(lines[0].peakMiB).toBeGreaterThanOrEqual(0);
    expect(lines[0].missing).toBeUndefined();
  });

  test("says how far singular values are from the exact ones, on both sides", async () => {
    const values = Array.from({ length: 30 }, (_, i) => 30 - i);
    python(`echo '${JSON.stringify({ seconds: 4, peakMiB: 7, values, exact: values.map((v) => 2 * v) })}'`);
    const [line, errors] = await linesOf("svd", true);
    expect(line).toMatchObject({ peer: { name: "scikit-learn", median: 4, runs: 2 }, peerPeakMiB: 7 });
    expect(line.ratio).toBeCloseTo(line.ours.median / 4, 3);
    expect(errors).toMatchObject({ metric: "largest error of a singular value", ratio: null });
    expect(errors.peer).toMatchObject({ min: 0.5, median: 0.5 });
  });

  test("says what to install for a rival that is missing, and measures ours all the same", async () => {
    python(`echo "ModuleNotFoundError: No module named 'umap'" >&2; exit 1`);
    const [line] = await linesOf("umap", true);
    expect(line).toMatchObject({ peer: null, ratio: null });
    expect(line.ours.runs).toBe(2);
    expect(line.missing).toMatch(/umap_learn\.py needs umap-learn \(Debian: apt-get install umap-learn\)/);
    process.env.WEIGHTBOOK_PYTHON = join(folder, "nothing");
    expect((await linesOf("knn", true))[0].missing).toMatch(/needs Python .*WEIGHTBOOK_PYTHON/);
  });

  test("fails with the rival's last words when the rival fails", async () => {
    python(`echo "MemoryError: no room" >&2; exit 1`);
    await expect(linesOf("knn", true)).rejects.toThrow("sklearn_neighbors.py failed (MemoryError: no room)");
  });

  test("stops between two runs", async () => {
    const signal = AbortSignal.abort();
    await expect(benchLarge("knn", false, signal, () => undefined, size)).rejects.toThrow("interrupted");
  });
});
