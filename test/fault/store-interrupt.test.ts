import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { InterruptedError } from "#lib/core/errors.js";
import { removeAbandonedTemporaries, temporaryName, writeFileAtomic } from "#lib/core/files.js";
import { namedZoo } from "#lib/zoo/named.js";
import { verifyZoo } from "#lib/zoo/store/verify.js";
import { trainZoo } from "#lib/zoo/training/train.js";
import { fake, hashFolder, noiseData, scratch, smallSpec } from "../helpers/zoo.js";

const child = fileURLToPath(new URL("../helpers/train-child.mjs", import.meta.url));
const options = { dataset: noiseData(), engine: fake(), workers: 2 };

function startTraining(folder: string, models: number, epochMs: number): ChildProcess {
  const env = { ...process.env, FAKE_ENGINE_MS: String(epochMs) };
  const started = spawn(process.execPath, [child, folder, String(models)], { env, stdio: "inherit" });
  onTestFinished(() => void started.kill("SIGKILL"));
  return started;
}

function finishedShards(folder: string): number {
  const shards = join(folder, "shards");
  return existsSync(shards) ? readdirSync(shards).filter((name) => name.endsWith(".safetensors")).length : 0;
}

describe("a training that is killed", () => {
  test("three times at any moment ends bit-identical to an unbroken one", async () => {
    const models = 46;
    const folder = scratch();
    for (const shards of [1, 4, 8]) {
      const running = startTraining(folder, models, 15);
      const exit = once(running, "exit");
      while (finishedShards(folder) < shards) {
        expect(running.exitCode).toBeNull();
        await sleep(3);
      }
      running.kill("SIGKILL");
      await exit;
      expect(existsSync(join(folder, "manifest.json"))).toBe(false);
    }
    const kept = finishedShards(folder);
    expect(kept).toBeGreaterThanOrEqual(8);
    const done: number[] = [];
    const onProgress = (progress: { done: number }) => done.push(progress.done);
    await trainZoo(smallSpec({ models }), { ...options, folder, onProgress });
    // Shards that the killed processes finished were not trained again.
    expect(done[0]).toBeGreaterThan(4 * 3 * (kept - 1));
    const unbroken = scratch();
    await trainZoo(smallSpec({ models }), { ...options, folder: unbroken });
    expect(hashFolder(folder)).toEqual(hashFolder(unbroken));
  });

  test("leaves temporary files that the next one removes, but not those of processes at work", () => {
    const folder = scratch();
    const dead = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
    const host = hostname().replace(/[^A-Za-z0-9]/g, "_");
    const left = `x.parquet.${dead}-${host}-0123abcd.tmp`;
    const elsewhere = `x.parquet.${dead}-another_host-0123abcd.tmp`;
    const atWork = temporaryName("x.parquet");
    for (const name of [left, elsewhere, atWork, "x.tmp"]) writeFileSync(join(folder, name), "half");
    removeAbandonedTemporaries(folder);
    expect(readdirSync(folder).sort()).toEqual([elsewhere, atWork, "x.tmp"].sort());
    expect(() => removeAbandonedTemporaries(join(folder, "none"))).not.toThrow();
  });
});

test("two processes that train one zoo at once both succeed, with the bits of one", async () => {
  const folder = scratch();
  const both = [startTraining(folder, 26, 5), startTraining(folder, 26, 5)];
  const codes = await Promise.all(both.map(async (running) => (await once(running, "exit"))[0]));
  expect(codes).toEqual([0, 0]);
  const alone = scratch();
  await trainZoo(smallSpec({ models: 26 }), { ...options, folder: alone });
  expect(hashFolder(folder)).toEqual(hashFolder(alone));
});

describe("abort", () => {
  test("ends a training of the real engine within a second, and it resumes to equal bits", async () => {
    const dataset = noiseData(4000, 100);
    const size = { models: 16, epochs: 20, trainImages: 4000, testImages: 100 };
    const spec = namedZoo("cnn-trajectory", "smoke", { dataset: "noise", ...size });
    const folder = scratch();
    const controller = new AbortController();
    let abortedAt = 0;
    const onProgress = async (progress: { done: number }) => {
      // More than two shards' 80 model-epochs: one is finished, and half of the work is left.
      if (progress.done < 162 || abortedAt > 0) return;
      abortedAt = 1;
      // Not between epochs, where the engine talks to us, but in the midst of one.
      await sleep(15);
      abortedAt = performance.now();
      controller.abort();
    };
    const training = trainZoo(spec, { dataset, folder, workers: 2, signal: controller.signal, onProgress });
    await expect(training).rejects.toBeInstanceOf(InterruptedError);
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    const { shards } = await verifyZoo(folder);
    expect(shards.filter(({ state }) => state === "ok").length).toBeGreaterThanOrEqual(1);
    await trainZoo(spec, { dataset, folder, workers: 1 });
    const unbroken = scratch();
    await trainZoo(spec, { dataset, folder: unbroken, workers: 2 });
    expect(hashFolder(folder)).toEqual(hashFolder(unbroken));
  });

  test("ends a training that hangs, and one that has not begun", async () => {
    const controller = new AbortController();
    const stuck = { ...options, engine: fake("fakeStuck"), signal: controller.signal };
    const onProgress = () => controller.abort();
    await expect(trainZoo(smallSpec(), { ...stuck, folder: scratch(), onProgress })).rejects.toBeInstanceOf(
      InterruptedError,
    );
    const folder = scratch();
    await expect(trainZoo(smallSpec(), { ...stuck, folder })).rejects.toBeInstanceOf(InterruptedError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** Why a file system of a given size cannot be made here; undefined where it can. */
const noMount =
  process.platform !== "linux" ? "Linux only" : process.getuid?.() !== 0 ? "mounting needs root" : undefined;

describe.skipIf(noMount)(`a full disk${noMount ? ` (skipped: ${noMount})` : ""}`, () => {
  /** A file system in memory that is full at `size`. */
  function smallDisk(size: string): string {
    const folder = scratch();
    const disk = join(folder, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "weightbook-test", disk]);
    onTestFinished(() => void execFileSync("umount", [disk]));
    return disk;
  }

  test.each([
    ["among the shards", 40],
    ["while they are merged", 26],
  ])("%s is reported, nothing half-written stays, and with more room it resumes", async (_when, models) => {
    const disk = smallDisk("1m");
    const folder = join(disk, "zoo");
    const spec = smallSpec({ models });
    await expect(trainZoo(spec, { ...options, folder })).rejects.toMatchObject({
      name: "StoreError",
      code: "disk/full",
      message: expect.stringMatching(/disk is full.*resume/),
    });
    expect(Object.keys(hashFolder(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(existsSync(join(folder, "manifest.json"))).toBe(false);
    const states = new Set((await verifyZoo(folder)).shards.map(({ state }) => state));
    expect([...states].filter((state) => state !== "ok" && state !== "missing")).toEqual([]);
    execFileSync("mount", ["-o", "remount,size=8m", disk]);
    await trainZoo(spec, { ...options, folder });
    const unbroken = scratch();
    await trainZoo(spec, { ...options, folder: unbroken });
    expect(hashFolder(folder)).toEqual(hashFolder(unbroken));
  });

  test("leaves the old content of a file that was to be replaced", () => {
    const disk = smallDisk("64k");
    const path = join(disk, "kept");
    writeFileAtomic(path, "old");
    expect(() => writeFileAtomic(path, new Uint8Array(100_000))).toThrow(/disk is full while writing .*kept/);
    expect(readdirSync(disk)).toEqual(["kept"]);
  });
});

test("a folder that cannot be written is reported", async () => {
  const folder = scratch();
  writeFileSync(join(folder, "shards"), "in the way");
  await expect(trainZoo(smallSpec(), { ...options, folder })).rejects.toMatchObject({ code: "disk/write" });
});
