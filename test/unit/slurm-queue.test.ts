import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { alone } from "#lib/core/slurm/lock.js";
import { isInFlight, isRunning, isWaiting, parseQueue } from "#lib/core/slurm/queue.js";
import { newRun, shardsOf, writeRun } from "#lib/zoo/cluster/run-files.js";
import { shardsInFlight, sharesWith } from "#lib/zoo/cluster/shares.js";
import { submitZoo, zooStatus } from "#lib/zoo/index.js";
import { clusterSpec, Workplace } from "../helpers/slurm.js";
import { copyOfZoo, scratch } from "../helpers/zoo.js";

afterEach(() => vi.unstubAllEnvs());

/** What squeue of Slurm 22.05 printed. */
const printed = `1|2|FAILED|NonZeroExitCode|weightbook-shares=4
1|3|PENDING|Resources|weightbook-shares=4
1|4|PENDING|Resources|weightbook-shares=4
2|N/A|PENDING|Dependency|weightbook-merge
1|1|RUNNING|None|weightbook-shares=4
9|N/A|PENDING|DependencyNeverSatisfied|weightbook-merge
7|8|COMPLETED|None|a|b

slurm_load_jobs error: something
`;

describe("squeue's lines", () => {
  const tasks = parseQueue(printed);

  test("become tasks; others are left out", () => {
    expect(tasks).toHaveLength(7);
    expect(tasks[0]).toEqual({
      job: "1",
      task: 2,
      state: "FAILED",
      reason: "NonZeroExitCode",
      comment: "weightbook-shares=4",
    });
    expect(tasks[3]).not.toHaveProperty("task");
    expect(tasks[6].comment).toBe("a|b");
  });

  test("run, wait or are over", () => {
    expect(tasks.filter(isRunning).map(({ task }) => task)).toEqual([1]);
    expect(tasks.filter(isWaiting).map(({ job }) => job)).toEqual(["1", "1", "2"]);
    expect(tasks.filter((task) => !isInFlight(task)).map(({ job }) => job)).toEqual(["1", "9", "7"]);
  });

  test("tell which shards are on their way, whatever the number of shares", () => {
    expect([...shardsInFlight(tasks, 10)].sort()).toEqual([0, 2, 3, 4, 6, 7, 8]);
    expect(sharesWith([0, 3, 9], 3)).toEqual([1]);
    expect(sharesWith([0, 5, 9], 10)).toEqual([1, 6, 10]);
  });
});

/** Puts a squeue on the PATH that prints this, or fails with what it has on stderr. */
function fakeSlurm(stdout: string, stderr = "", code = 0): void {
  const bin = scratch();
  writeFileSync(join(bin, "out"), stdout);
  writeFileSync(join(bin, "err"), stderr);
  for (const name of ["squeue", "sbatch"]) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\n/bin/cat ${bin}/out; /bin/cat ${bin}/err >&2; exit ${code}\n`);
    chmodSync(path, 0o755);
  }
  vi.stubEnv("PATH", bin);
}

/** A folder as a run leaves it half way: 6 of 16 shards, 8 shares. */
function halfway(): string {
  const folder = scratch();
  const spec = clusterSpec();
  writeRun(folder, spec, newRun(spec, "job", 8, shardsOf(spec)));
  mkdirSync(join(folder, "shards"));
  for (const index of [0, 8, 1, 9, 2, 3]) {
    const stem = join(folder, "shards", String(index).padStart(5, "0"));
    writeFileSync(`${stem}.parquet`, "");
    writeFileSync(`${stem}.safetensors`, "");
    const at = Date.now() / 1000 - 10 + index;
    utimesSync(`${stem}.safetensors`, at, at);
  }
  // A shard without its table, and one that is being written, are not there yet.
  writeFileSync(join(folder, "shards", "00004.safetensors"), "");
  writeFileSync(join(folder, "shards", "00005.safetensors.1-h-12345678.tmp"), "");
  writeFileSync(join(folder, "slurm", "logs", "1_8.log"), "x\nweightbook: the disk is full\n");
  return folder;
}

describe("the status of a run", () => {
  test("is what the shards and the queue say", async () => {
    const lines = [3, 4, 5, 6, 7].map(
      (i) => `1|${i}|${i < 5 ? "RUNNING" : "PENDING"}|Resources|weightbook-shares=8`,
    );
    fakeSlurm(
      [
        ...lines,
        "1|8|TIMEOUT|TimeLimit|weightbook-shares=8",
        "2|N/A|PENDING|Dependency|weightbook-merge",
      ].join("\n"),
    );
    const folder = halfway();
    const status = await zooStatus(folder);
    expect(status).toMatchObject({
      name: "cnn-trajectory",
      job: "job",
      state: "running",
      models: { done: 24, total: 64 },
      shards: { done: 6, total: 16 },
      tasks: { done: 2, running: 2, waiting: 3, failed: 1, total: 8 },
      merge: "waiting",
      reasons: { Resources: 3 },
      failures: [{ task: 8, state: "TIMEOUT", says: "weightbook: the disk is full" }],
    });
    // 20 models in the ten seconds since the first shard was written.
    expect(status.ratePerSecond).toBeGreaterThan(0.5);
    expect(status.ratePerSecond).toBeLessThanOrEqual(2);
    expect(status.secondsLeft).toBeCloseTo(40 / status.ratePerSecond, 5);
  });

  test("is stopped when Slurm does nothing about what is missing", async () => {
    fakeSlurm("");
    const status = await zooStatus(halfway());
    expect(status).toMatchObject({
      state: "stopped",
      tasks: { done: 2, failed: 6 },
      merge: "missing",
      secondsLeft: null,
    });
  });

  test("without Slurm still tells what the folder holds, and why no more", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const status = await zooStatus(halfway());
    expect(status).toMatchObject({ state: "unknown", models: { done: 24 }, tasks: null });
    expect(status.note).toContain("Slurm is missing on this machine (there is no squeue on the PATH)");
  });

  test("of a zoo that was never submitted, finished or not", async () => {
    const folder = await copyOfZoo();
    const { models } = (await zooStatus(folder)) as { models: { total: number } };
    expect(await zooStatus(folder)).toMatchObject({
      state: "complete",
      job: null,
      merge: "done",
      tasks: null,
    });
    const { rmSync } = await import("node:fs");
    rmSync(join(folder, "manifest.json"));
    rmSync(join(folder, "shards", "00000.parquet"));
    const unfinished = await zooStatus(folder);
    expect(unfinished.state).toBe("stopped");
    expect(unfinished.models.total).toBe(models.total);
    expect(unfinished.models.done).toBeLessThan(models.total);
    await expect(zooStatus(scratch())).rejects.toMatchObject({ code: "zoo/none" });
  });

  test("a run file that was altered is told", async () => {
    const folder = halfway();
    writeFileSync(join(folder, "slurm", "run.json"), "{");
    await expect(zooStatus(folder)).rejects.toMatchObject({ code: "cluster/run" });
  });
});

describe("where Slurm is missing, silent or says no, one sentence says so", () => {
  const submit = () => submitZoo(clusterSpec(), { on: { shards: 8 }, folder: join(scratch(), "zoo") });

  test("missing", async () => {
    vi.stubEnv("PATH", "/nowhere");
    await expect(submit()).rejects.toMatchObject({
      code: "slurm/none",
      message: expect.stringMatching(
        /^Slurm is missing on this machine \(there is no squeue .*GNU parallel$/,
      ),
    });
  });

  test("missing, at the command line: exit code 1", () => {
    const place = new Workplace(scratch(), clusterSpec());
    vi.stubEnv("PATH", "/nowhere");
    const { status, stderr } = place.weightbook(
      "zoo",
      "submit",
      "spec.json",
      "--shards",
      "8",
      "--store",
      "zoo",
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^weightbook: Slurm is missing on this machine/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("silent", async () => {
    fakeSlurm("", "squeue: error: Unable to contact slurm controller (connect failure)\n", 1);
    await expect(submit()).rejects.toMatchObject({
      code: "slurm/unreachable",
      message: expect.stringContaining("Slurm does not answer here (Unable to contact slurm controller"),
    });
  });

  test("an array that is too large", async () => {
    fakeSlurm("", "sbatch: error: Batch job submission failed: Invalid job array specification\n", 1);
    await expect(submit()).rejects.toMatchObject({
      code: "slurm/refused",
      message: expect.stringContaining("divide into fewer shards"),
    });
  });
});

describe("a submission", () => {
  test("is alone; what a killed one left is no hindrance for long", async () => {
    const lock = join(scratch(), "slurm", "submitting");
    const inside = alone(lock, async () => {
      await expect(alone(lock, async () => 1)).rejects.toMatchObject({ code: "cluster/busy" });
      return 2;
    });
    expect(await inside).toBe(2);
    writeFileSync(lock, "");
    await expect(alone(lock, async () => 3)).rejects.toMatchObject({ code: "cluster/busy" });
    const old = Date.now() / 1000 - 3600;
    utimesSync(lock, old, old);
    expect(await alone(lock, async () => 4)).toBe(4);
    expect(() => readFileSync(lock)).toThrow();
  });
});
