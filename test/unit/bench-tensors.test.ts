import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { blasName } from "#lib/workbook/bench/blas-name.js";
import { measureHyperrep } from "#lib/workbook/bench/hyperrep.js";
import type { BenchLine } from "#lib/workbook/bench/line.js";

async function linesOf(): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  await measureHyperrep("tiny", false, new AbortController().signal, (line) => lines.push(line));
  return lines;
}

describe("the benchmark of a training", () => {
  test("says what multiplied, where the time went and how much memory it took", async () => {
    const lines = await linesOf();
    const own = { blas: false, threads: 1 };
    const library = [1, 2].map((threads) => ({ blas: true, threads }));
    expect(lines.map(({ blas, threads }) => ({ blas, threads }))).toEqual(
      blasName() ? [...library, own] : [own],
    );
    for (const line of lines) {
      expect(line).toMatchObject({
        bench: "tensors",
        case: "hyperrep-tiny",
        unit: "ms",
        peer: null,
        ratio: null,
      });
      // Two rounds of two steps; the first step of a process is not counted.
      expect(line.ours.runs).toBe(4);
      expect(line.ours.min).toBeGreaterThan(0);
      expect(line.peakMiB).toBeGreaterThan(20);
      expect(Object.keys(line.parts ?? {})).toEqual(
        expect.arrayContaining(["gemm", "geluForward", "adamStep", "other"]),
      );
    }
  });

  test("has no line with a BLAS where none may be used", () => {
    const module = new URL("../../dist/workbook/bench/hyperrep.js", import.meta.url).href;
    const script = `import { measureHyperrep } from ${JSON.stringify(module)};
      const print = ({ blas }) => console.log(blas);
      await measureHyperrep("tiny", false, new AbortController().signal, print);`;
    const env = { ...process.env, WEIGHTBOOK_BLAS: "off" };
    const options = { encoding: "utf8", env } as const;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], options);
    expect(stdout).toBe("false\n");
  });

  test("stops between two runs", async () => {
    const signal = AbortSignal.abort();
    await expect(measureHyperrep("tiny", false, signal, () => undefined)).rejects.toThrow("interrupted");
  });
});
