import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import { namedZoo } from "#lib/zoo/named.js";
import { openZoo } from "#lib/zoo/store/zoo.js";
import { mergeZoo } from "#lib/zoo/training/merge-zoo.js";
import { measure, syntheticZoo } from "../helpers/big-zoo.js";
import { hashFolder, scratch, sharedScratch } from "../helpers/zoo.js";

const trainer = fileURLToPath(new URL("../helpers/train-real-child.mjs", import.meta.url));
const worker = fileURLToPath(new URL("../helpers/stream-child.mjs", import.meta.url));

/** A few seconds of the library's own engine: 25 shards of four models. */
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

/** So that a test that fails leaves no process behind. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

function start(script: string, args: readonly string[], cache: string, gate = Number.POSITIVE_INFINITY): Run {
  const env = { ...process.env, WEIGHTBOOK_CACHE: cache, WEIGHTBOOK_TEST_GATE: String(gate) };
  const started = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  running.add(started);
  return { process: started, exit: once(started, "exit") };
}

/** Starts a training in a process of its own, of all shards or of the first ones only: then it waits. */
function startTraining(cache: string, shards = Number.POSITIVE_INFINITY): Run {
  const file = join(cache, "spec.json");
  writeFileSync(file, JSON.stringify(spec));
  return start(trainer, [file], cache, 4 * shards);
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
  let unbroken: Record<string, string>;

  beforeAll(async () => {
    const cache = sharedScratch();
    expect(await startTraining(cache).exit).toEqual([0, null]);
    unbroken = hashFolder(zooOf(cache));
  });

  test("killed at a random moment ten times in a row ends with the bytes of an unbroken one", async () => {
    const cache = scratch();
    const rng = RandomStream.fromSeed(9);
    let kept = 0;
    for (let kill = 0; kill < 10; kill++) {
      // Two shards more, and none after them: however slow this machine is, no training is over before it is killed.
      const { process: child, exit } = startTraining(cache, kept + 2);
      const wanted = kept + rng.integer(2);
      while (child.exitCode === null && finishedShards(zooOf(cache)) < wanted) await sleep(1);
      await sleep(rng.uniform(0, wanted === kept ? 400 : 40));
      expect(child.exitCode).toBeNull();
      child.kill("SIGKILL");
      expect(await exit).toEqual([null, "SIGKILL"]);
      expect(existsSync(join(zooOf(cache), "manifest.json"))).toBe(false);
      expect(finishedShards(zooOf(cache))).toBeGreaterThanOrEqual(wanted);
      kept = finishedShards(zooOf(cache));
    }
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(25);
    expect(await startTraining(cache).exit).toEqual([0, null]);
    expect(hashFolder(zooOf(cache))).toEqual(unbroken);
  });

  test("by two processes at once gives both the bytes of one", async () => {
    const cache = scratch();
    const runs = [startTraining(cache), startTraining(cache)];
    expect(await Promise.all(runs.map(({ exit }) => exit))).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(hashFolder(zooOf(cache))).toEqual(unbroken);
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
      const isWriting = () => readdirSync(folder).some((name) => name.startsWith(`${file}.`));
      // A merge that was over too soon is begun anew, until one is caught in the act.
      for (let caught = false; !caught; caught = isWriting()) {
        for (const name of merged) rmSync(join(folder, name), { force: true });
        const { process: child, exit } = start(worker, ["merge", folder], folder);
        while (child.exitCode === null && !isWriting()) await sleep(1);
        child.kill("SIGKILL");
        await exit;
      }
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
