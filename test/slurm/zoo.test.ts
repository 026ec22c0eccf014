import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { slurm } from "#lib/core/slurm/target.js";
import { zooStatus } from "#lib/zoo/index.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { cancelAll, clusterSpec, trainedHere, Workplace, zooFiles } from "../helpers/slurm.js";
import { scratch, sharedScratch } from "../helpers/zoo.js";

const spec = clusterSpec();
let local: Record<string, string>;
beforeAll(async () => {
  local = await trainedHere(spec, join(sharedScratch(), "local"));
});
afterEach(cancelAll);

describe("64 models in 8 shares", () => {
  test("submitted at the command line, merged, are the bytes of a training here", async () => {
    const place = new Workplace(scratch(), spec);
    const submission = place.submit("--time", "10", "--cpus", "1");
    expect(submission).toMatchObject({ shares: 8, submitted: [1, 2, 3, 4, 5, 6, 7, 8], inFlight: [] });
    expect(submission.array).toMatch(/^\d+$/);
    expect(submission.merge).toMatch(/^\d+$/);
    expect(await place.complete()).toMatchObject({
      models: { done: 64, total: 64 },
      shards: { done: 16, total: 16 },
      tasks: { done: 8, running: 0, waiting: 0, failed: 0, total: 8 },
      merge: "done",
      failures: [],
    });
    expect(zooFiles(place.zoo)).toEqual(local);
    expect(place.weightbook("zoo", "verify", "zoo").status).toBe(0);
    expect(place.submit()).toMatchObject({ isComplete: true, submitted: [], inFlight: [] });
  });

  test("from a folder whose name has blanks, quotes and a percent sign", async () => {
    const place = new Workplace(join(scratch(), "it's 100% mine"), spec);
    place.submit();
    await place.complete();
    expect(zooFiles(place.zoo)).toEqual(local);
  });

  test("by trainZoo with `on`: progress of models, and the zoo", async () => {
    const folder = join(scratch(), "zoo");
    const seen: number[] = [];
    const units = new Set<string>();
    const zoo = await trainZoo(spec, {
      on: slurm({ shards: 8, pollSeconds: 0.3 }),
      folder,
      onProgress: ({ done, total, unit }) => {
        expect(total).toBe(64);
        seen.push(done);
        units.add(unit);
      },
    });
    expect(zoo.models).toBe(64);
    expect(zooFiles(folder)).toEqual(local);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(64);
    expect([...units].some((unit) => /\d running, \d waiting/.test(unit))).toBe(true);
  });

  test("an abort ends the waiting and not the jobs, and the next call finds them", async () => {
    const folder = join(scratch(), "zoo");
    const controller = new AbortController();
    const on = slurm({ shards: 8, pollSeconds: 0.3 });
    const waiting = trainZoo(spec, {
      on,
      folder,
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(), 100),
    });
    await expect(waiting).rejects.toMatchObject({ name: "InterruptedError", code: "interrupted" });
    const { message } = (await waiting.catch((error) => error)) as Error;
    const { job, state } = await zooStatus(folder);
    expect(message).toContain(`scancel --name=${job}`);
    expect(["running", "waiting"]).toContain(state);
    const jobs = (await trainZoo(spec, { on, folder })).models;
    expect(jobs).toBe(64);
    expect(zooFiles(folder)).toEqual(local);
  });

  test("what is in the queue is not submitted again, with another number of shares neither", async () => {
    const place = new Workplace(scratch(), spec);
    const first = place.submit();
    const second = place.submit();
    expect(second).toMatchObject({ submitted: [] });
    expect(second.array).toBeUndefined();
    expect(second.merge).toBeUndefined();
    expect(second.inFlight.length).toBeGreaterThan(0);
    expect(second.job).toBe(first.job);
    expect(place.submit("--shards", "3").submitted).toEqual([]);
    await place.complete();
    expect(zooFiles(place.zoo)).toEqual(local);
  });

  test("with what was trained before, here or elsewhere, only the rest is submitted", async () => {
    const place = new Workplace(scratch(), spec);
    await trainZoo(spec, { folder: place.zoo, workers: 1, shard: { index: 2, count: 4 } });
    const before = place.written();
    expect(before.size).toBe(4);
    expect(place.submit().submitted).toEqual([1, 3, 4, 5, 7, 8]);
    await place.complete();
    expect(zooFiles(place.zoo)).toEqual(local);
    for (const [name, at] of before) expect(place.written().get(name)).toBe(at);
  });
});

test("what Slurm refuses is told in its own words", () => {
  const place = new Workplace(scratch(), spec);
  const words = ["zoo", "submit", "spec.json", "--shards", "8", "--store", "zoo", "--partition", "nowhere"];
  const { status, stderr } = place.weightbook(...words);
  expect(status).toBe(1);
  expect(stderr).toContain("sbatch refused: Invalid partition name specified");
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
