import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { measure, syntheticZoo } from "../helpers/big-zoo.js";
import { scratch } from "../helpers/zoo.js";

// Shards and merged file are 5 GB each.
const { bavail, bsize } = statfsSync(tmpdir());
const tooFull = bavail * bsize < 14e9;

test.skipIf(tooFull)(
  `a zoo of 5 GB is merged, opened and read in under 500 MB${tooFull ? ` (skipped: ${tmpdir()} has no 14 GB left)` : ""}`,
  async () => {
    const folder = scratch();
    const { bytes, rows, merging } = await syntheticZoo(folder, 11_600);
    expect(bytes).toBeGreaterThan(5e9);
    const reading = await measure("read", folder);
    console.log(
      `${bytes} bytes, ${rows} rows: merging ${JSON.stringify(merging)}, reading ${JSON.stringify(reading)}`,
    );
    expect(reading).toMatchObject({ rows, wrong: 0 });
    expect(reading.peakMiB).toBeLessThan(500e6 / 2 ** 20);
    expect(merging.peakMiB).toBeLessThan(500e6 / 2 ** 20);
  },
  30 * 60_000,
);
