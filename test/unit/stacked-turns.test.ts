import { expect, test } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/select.js";
import { tensorflow } from "#lib/compute/tensors/tf.js";
import { gemmName, withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { onBackend } from "#lib/zoo/stacked/backend.js";
import { makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { job, mlp } from "../helpers/lane-jobs.js";
import { plainModel, starters } from "../helpers/stacked.js";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("trainings that are started at once give what each gives alone, on every pair of backends", async () => {
  const long = { epochs: 4, checkpoints: [4] };
  const jobs = [1, 5].map((seed) => job(mlp, [plainModel(seed), plainModel(seed + 1)], long));
  const engines = await Promise.all(starters.map((backend) => makeStackedEngine({ backend })));
  for (const first of engines) {
    for (const second of engines) {
      const alone = [await first.train(jobs[0]), await second.train(jobs[1])];
      expect(await Promise.all([first.train(jobs[0]), second.train(jobs[1])])).toEqual(alone);
    }
  }
});

test("works take turns, each with its own backend, and a failed one does not stop the next", async () => {
  await selectBackend({ backend: "cpu" });
  const seen: string[] = [];
  const work = (name: "cpu" | "wasm", ms: number) =>
    onBackend(name, async (tf) => {
      seen.push(`begin ${tf.getBackend()}`);
      await pause(ms);
      seen.push(`end ${tf.getBackend()}`);
      if (ms === 40) throw new RangeError("failed");
    });
  const failing = work("wasm", 40);
  const others = [work("cpu", 20), work("wasm", 1)];
  await expect(failing).rejects.toThrow("failed");
  await Promise.all(others);
  expect(seen).toEqual(["wasm", "cpu", "wasm"].flatMap((name) => [`begin ${name}`, `end ${name}`]));
  expect(tensorflow().getBackend()).toBe("cpu");
});

test("work within other work runs at once, and what it leaves behind waits for its turn", async () => {
  let late: Promise<unknown> = Promise.resolve();
  const inner = onBackend("wasm", () =>
    onBackend("cpu", async (tf) => {
      late = pause(30).then(() => onBackend("wasm", async () => seen.push("late")));
      return tf.getBackend();
    }),
  );
  const seen: string[] = [];
  expect(await inner).toBe("cpu");
  const next = onBackend("cpu", async () => {
    await pause(60);
    seen.push("next");
  });
  await Promise.all([late, next]);
  expect(seen).toEqual(["next", "late"]);
});

test("products that overlap leave the usual one behind, whatever ends first", async () => {
  await selectBackend({ backend: "wasm" });
  const usual = gemmName();
  for (const times of [
    [20, 60],
    [60, 20],
  ]) {
    // biome-ignore format: pairs
    const inside: string[] = [];
    const own = async (ms: number) => {
      await pause(ms);
      inside.push(gemmName());
    };
    await Promise.all(times.map((ms) => withGemm("own", () => own(ms))));
    expect(inside.every((name) => name.startsWith("own sgemm"))).toBe(true);
    expect(gemmName()).toBe(usual);
  }
});
