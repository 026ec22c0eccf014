import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rangesText } from "#lib/core/ranges.js";
import {
  environmentLines,
  fillTemplate,
  sbatchPath,
  shellLine,
  templateFile,
} from "#lib/core/slurm/script.js";
import { resourceLines, slurm } from "#lib/core/slurm/target.js";
import { submitZoo } from "#lib/zoo/index.js";
import { clusterSpec } from "../helpers/slurm.js";
import { scratch } from "../helpers/zoo.js";

describe("a dry run", () => {
  test("gives the script of the array and of the merge, and writes nothing", async () => {
    const folder = join(scratch(), "zoo");
    const on = slurm({ shards: 8, partition: "cpu", time: "04:00:00", cpus: 4 });
    const { script, mergeScript, submitted, shares } = await submitZoo(clusterSpec(), {
      on,
      folder,
      dryRun: true,
    });
    expect([shares, submitted]).toEqual([8, [1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(existsSync(folder)).toBe(false);
    const asks = (text: string) => text.split("\n").filter((line) => line.startsWith("#SBATCH"));
    expect(
      asks(script).map((line) => line.replace(/zoo-cnn-trajectory-\w{8}/, "JOB").replace(folder, "DIR")),
    ).toEqual([
      "#SBATCH --job-name=JOB",
      "#SBATCH --comment=weightbook-shares=8",
      "#SBATCH --array=1-8",
      '#SBATCH --output="DIR/slurm/logs/%A_%a.log"',
      "#SBATCH --open-mode=append",
      "#SBATCH --requeue",
      "#SBATCH --partition=cpu",
      "#SBATCH --time=04:00:00",
      "#SBATCH --cpus-per-task=4",
    ]);
    expect(script).toContain(
      `zoo train ${folder}/slurm/spec.json --folder ${folder} --shard "$SLURM_ARRAY_TASK_ID/8"`,
    );
    expect(asks(mergeScript)).toContain("#SBATCH --kill-on-invalid-dep=yes");
    expect(asks(mergeScript)).toContain("#SBATCH --cpus-per-task=1");
    expect(mergeScript).toContain(`zoo merge ${folder}\n`);
    for (const text of [script, mergeScript]) {
      expect(spawnSync("bash", ["-n"], { input: text }).status).toBe(0);
      expect(text).not.toContain("{{");
    }
  });

  test("has no more shares than the zoo has shards", async () => {
    const folder = join(scratch(), "zoo");
    const { shares, script } = await submitZoo(clusterSpec(), { on: { shards: 500 }, folder, dryRun: true });
    expect(shares).toBe(16);
    expect(script).toContain("#SBATCH --array=1-16\n");
  });

  test("takes a template of the user's", async () => {
    const place = scratch();
    const template = join(place, "mine.sbatch");
    writeFileSync(template, "#!/bin/sh\n#SBATCH --account=me\n#SBATCH --array={{array}}\nexec {{command}}\n");
    const on = slurm({ shards: 2, template });
    const { script } = await submitZoo(clusterSpec(), { on, folder: join(place, "zoo"), dryRun: true });
    expect(script).toMatch(
      /^#!\/bin\/sh\n#SBATCH --account=me\n#SBATCH --array=1-2\nexec .*"\$SLURM_ARRAY_TASK_ID\/2"/,
    );
    writeFileSync(template, "{{acount}}");
    const wrong = submitZoo(clusterSpec(), { on, folder: join(place, "zoo"), dryRun: true });
    await expect(wrong).rejects.toMatchObject({
      code: "slurm/template",
      message: expect.stringContaining("{{acount}}"),
    });
  });

  test.each([
    [{}, "slurm({ shards: 64 })"],
    [{ shards: 2.5 }, "shards wants a positive whole number"],
    [{ shards: 2, partition: "cpu; rm -rf /" }, "partition wants a name"],
    [{ shards: 2, time: "soon" }, "time wants minutes"],
    [{ shards: 2, gpus: "a b" }, "gpus wants"],
    [{ shards: 2, partitoin: "cpu" }, 'no option "partitoin"'],
    [{ shards: 2, template: "/nowhere/x" }, "/nowhere/x cannot be read"],
  ])("%j is refused", async (on, sentence) => {
    const refused = submitZoo(clusterSpec(), { on, folder: join(scratch(), "zoo"), dryRun: true });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(sentence) });
  });
});

describe("words of a script", () => {
  test("are read back by the shell as they are", () => {
    const word = fc.string({ unit: "grapheme-ascii", maxLength: 20 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${shellLine(words)}`], {
          encoding: "utf8",
        });
        expect(stdout.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  test("a log's folder keeps its percent signs; one that a line cannot hold is refused", () => {
    expect(sbatchPath("/a b/100%", "%A.log")).toBe('"/a b/100%%/%A.log"');
    expect(() => sbatchPath('/a"b', "%A.log")).toThrow(/choose a folder without quotes/);
  });

  test("what decides about results here is set in the job", () => {
    const lines = environmentLines({ WEIGHTBOOK_DATA: "/my data", WEIGHTBOOK_SIMD: "plain", HOME: "/root" });
    expect(lines).toBe("export WEIGHTBOOK_DATA='/my data'\nexport WEIGHTBOOK_SIMD=plain");
  });

  test("resources are asked for in Slurm's words, one core by default", () => {
    expect(resourceLines({})).toBe("#SBATCH --cpus-per-task=1");
    expect(resourceLines({ time: 90, gpus: "a100:1" })).toBe(
      "#SBATCH --time=90\n#SBATCH --cpus-per-task=1\n#SBATCH --gpus=a100:1",
    );
  });

  test("a template's unknown names are told with those that it may use", () => {
    expect(() => fillTemplate(templateFile("after"), { what: "x", job: "y" })).toThrow(
      /it may use what, job/,
    );
  });

  test("tasks are told in ranges", () => {
    expect(rangesText([1, 2, 3, 5, 8, 9], ",")).toBe("1-3,5,8-9");
    const numbers = fc.uniqueArray(fc.nat(60)).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(numbers, (list) => {
        const back = rangesText(list, ",")
          .split(",")
          .filter(Boolean)
          .flatMap((part) => {
            const [from, to = from] = part.split("-").map(Number);
            return Array.from({ length: to - from + 1 }, (_, i) => from + i);
          });
        expect(back).toEqual(list);
      }),
    );
  });
});

test("the commands refuse a folder with another zoo before anything is submitted", async () => {
  const folder = join(scratch(), "zoo");
  mkdirSync(folder);
  const { trainZoo } = await import("#lib/zoo/training/train.js");
  await trainZoo(clusterSpec(100), { folder, workers: 1, shard: { index: 1, count: 16 } });
  const other = submitZoo(clusterSpec(200), { on: { shards: 8 }, folder, dryRun: true });
  await expect(other).rejects.toMatchObject({ code: "zoo/another" });
  const same = await submitZoo(clusterSpec(100), { on: { shards: 8 }, folder, dryRun: true });
  // Share 1 of 8 has shards 0 and 8, of which 0 is there.
  expect(same.submitted).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await submitZoo(clusterSpec(100), { on: { shards: 16 }, folder, dryRun: true })).submitted).toEqual(
    Array.from({ length: 15 }, (_, i) => i + 2),
  );
});
