import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { namedZoo } from "#lib/zoo/named.js";
import { hashFolder, scratch } from "../helpers/zoo.js";

const trainer = fileURLToPath(new URL("../helpers/train-real-child.mjs", import.meta.url));

const spec = namedZoo("mlp-trajectory", "smoke", {
  dataset: "strokes",
  models: 16,
  epochs: 4,
  trainImages: 400,
  testImages: 100,
  shift: { afterEpoch: 2, dataset: "strokes+noise40+swap1-2", trainImages: 300 },
});

/** Trains the zoo in a process of its own; models whose seed is above `gate` wait for ever. */
function start(cache: string, gate = Number.POSITIVE_INFINITY) {
  const file = join(cache, "spec.json");
  writeFileSync(file, JSON.stringify(spec));
  const env = { ...process.env, WEIGHTBOOK_CACHE: cache, WEIGHTBOOK_TEST_GATE: String(gate) };
  const child = spawn(process.execPath, [trainer, file], { env, stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, exit: once(child, "exit") };
}

/** Folder of the one zoo of a cache; it need not be there yet. */
function zooOf(cache: string): string {
  const zoos = join(cache, "zoos");
  return join(zoos, (existsSync(zoos) && readdirSync(zoos)[0]) || "none");
}

function finishedShards(cache: string): number {
  const shards = join(zooOf(cache), "shards");
  return existsSync(shards) ? readdirSync(shards).filter((name) => name.endsWith(".safetensors")).length : 0;
}

test("a zoo with a shift whose training is killed resumes to equal bytes", async () => {
  const [unbroken, cache] = [scratch(), scratch()];
  expect(await start(unbroken).exit).toEqual([0, null]);
  for (const shards of [1, 3]) {
    const { child, exit } = start(cache, 4 * shards);
    while (child.exitCode === null && finishedShards(cache) < shards) await sleep(2);
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    expect(await exit).toEqual([null, "SIGKILL"]);
    expect(existsSync(join(zooOf(cache), "manifest.json"))).toBe(false);
  }
  expect(await start(cache).exit).toEqual([0, null]);
  expect(hashFolder(zooOf(cache))).toEqual(hashFolder(zooOf(unbroken)));
});
