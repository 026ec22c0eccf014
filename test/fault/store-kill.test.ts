import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { namedZoo } from "#lib/zoo/named.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { mergeZoo } from "#lib/zoo/training/merge-zoo.js";
import { measure, syntheticZoo } from "../helpers/big-zoo.js";
import { hashFolder, scratch, sharedScratch } from "../helpers/zoo.js";

const trainer = fileURLToPath(new URL("../helpers/train-real-child.mjs", import.meta.url));
const worker = fileURLToPath(new URL("../helpers/stream-child.mjs", import.meta.url));

/** A few seconds of the library's own engine: 25 shards. */
const spec = namedZoo("cnn-trajectory", "smoke", {
  dataset: "strokes",
  models: 100,
  epochs: 4,
  trainImages: 600,
  testImages: 100,
});

interface Run {
  readonly process: ChildProcess;
  readonly exit: Promise<unknown[]>;
}

function start(script: string, args: readonly string[], cache: string): Run {
  const env = { ...process.env, WEIGHTBOOK_CACHE: cache };
  const started = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  return { process: started, exit: once(started, "exit") };
}

function startTraining(cache: string): Run {
  const file = join(cache, "spec.json");
  writeFileSync(file, JSON.stringify(spec));
  const run = start(trainer, [file], cache);
  onTestFinished(() => void run.process.kill("SIGKILL"));
  return run;
}

/** The one zoo of a cache. */
function zooOf(cache: string): string {
  const zoos = join(cache, "zoos");
  const names = existsSync(zoos) ? readdirSync(zoos) : [];
  expect(names.length).toBeLessThanOrEqual(1);
  return join(zoos, names[0] ?? "none");
}

function finishedShards(folder: string): number {
  const shards = join(folder, "shards");
  return existsSync(shards) ? readdirSync(shards).filter((name) => name.endsWith(".safetensors")).length : 0;
}

describe("a training of the library's own engine", () => {
  const unbroken = { hashes: {} as Record<string, string>, firstShardMs: 0, durationMs: 0 };

  beforeAll(async () => {
    const cache = sharedScratch();
    const file = join(cache, "spec.json");
    writeFileSync(file, JSON.stringify(spec));
    const begun = performance.now();
    const { process: running, exit } = start(trainer, [file], cache);
    while (running.exitCode === null && finishedShards(zooOf(cache)) === 0) await sleep(2);
    unbroken.firstShardMs = performance.now() - begun;
    expect(await exit).toEqual([0, null]);
    unbroken.durationMs = performance.now() - begun;
    unbroken.hashes = hashFolder(zooOf(cache));
  });

  test("killed at a random moment ten times in a row ends with the bytes of an unbroken one", async () => {
    const cache = scratch();
    const rng = RandomStream.fromSeed(9);
    const { firstShardMs, durationMs } = unbroken;
    let kept = 0;
    for (let kill = 0; kill < 10; kill++) {
      const { process: running, exit } = startTraining(cache);
      // From the start of the process to an eighth of the training, so that the tenth still finds something to do.
      await sleep(rng.uniform(firstShardMs / 2, firstShardMs + (durationMs - firstShardMs) / 8));
      expect(running.exitCode).toBeNull();
      running.kill("SIGKILL");
      expect(await exit).toEqual([null, "SIGKILL"]);
      expect(existsSync(join(zooOf(cache), "manifest.json"))).toBe(false);
      expect(finishedShards(zooOf(cache))).toBeGreaterThanOrEqual(kept);
      kept = finishedShards(zooOf(cache));
    }
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(25);
    expect(await startTraining(cache).exit).toEqual([0, null]);
    expect(hashFolder(zooOf(cache))).toEqual(unbroken.hashes);
  });

  test("by two processes at once gives both the bytes of one", async () => {
    const cache = scratch();
    const runs = [startTraining(cache), startTraining(cache)];
    expect(await Promise.all(runs.map(({ exit }) => exit))).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(hashFolder(zooOf(cache))).toEqual(unbroken.hashes);
  });
});

describe("a merge", () => {
  const merged = ["manifest.json", "weights.safetensors", "checkpoints.parquet"];

  test.each(["weights.safetensors", "checkpoints.parquet"])(
    "killed while it writes %s leaves no zoo, and the next one is whole",
    async (file) => {
      const folder = scratch();
      await syntheticZoo(folder, 240);
      const whole = hashFolder(folder);
      for (const name of merged) rmSync(join(folder, name));
      const { process: running, exit } = start(worker, ["merge", folder], folder);
      const isWriting = () => readdirSync(folder).some((name) => name.startsWith(`${file}.`));
      while (running.exitCode === null && !isWriting()) await sleep(1);
      running.kill("SIGKILL");
      expect(await exit).toEqual([null, "SIGKILL"]);
      expect(isWriting()).toBe(true);
      await expect(openZoo(folder)).rejects.toMatchObject({ code: "zoo/none" });
      await mergeZoo(folder);
      expect(hashFolder(folder)).toEqual(whole);
    },
  );

  test("by two processes at once gives both the bytes of one", async () => {
    const folder = scratch();
    await syntheticZoo(folder, 60);
    const whole = hashFolder(folder);
    for (const name of merged) rmSync(join(folder, name));
    await Promise.all([measure("merge", folder), measure("merge", folder)]);
    expect(hashFolder(folder)).toEqual(whole);
  });
});
