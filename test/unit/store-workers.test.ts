import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { BackendError, DataError, InterruptedError, WeightbookError } from "#lib/core/errors.js";
import { runInWorkers, WorkerPool } from "#lib/core/workers.js";

const echo = new URL("../helpers/echo-worker.mjs", import.meta.url);

interface Job {
  readonly deed: string;
  readonly [field: string]: unknown;
}

/** A pool that is closed whatever happens. */
async function withPool<T>(
  options: { workers?: number; workerData?: unknown; signal?: AbortSignal },
  use: (pool: WorkerPool<Job, unknown>) => Promise<T>,
): Promise<T> {
  const pool = new WorkerPool<Job, unknown>(echo, { label: "echoing", workers: 2, ...options });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

describe("worker pool", () => {
  test("answers every task with its own result, whatever the number of threads", async () => {
    await withPool({}, async (pool) => {
      const numbers = Array.from({ length: 25 }, (_, n) => n);
      const results = await Promise.all(numbers.map((n) => pool.run({ deed: "square", n })));
      expect(results).toEqual(numbers.map((n) => n * n));
    });
  });

  test("hands out workerData, shared memory and transferred buffers", async () => {
    const shared = new SharedArrayBuffer(4);
    await withPool({ workerData: { shared } }, async (pool) => {
      await Promise.all([1, 2, 3].map((place) => pool.run({ deed: "write", place })));
      expect(new Int32Array(shared)[0]).toBe(6);
      const bytes = Uint8Array.from([1, 2, 3]).buffer;
      expect(await pool.run({ deed: "sum", bytes }, { transfer: [bytes] })).toBe(6);
      expect(bytes.byteLength).toBe(0);
      expect(await pool.run({ deed: "square", n: 3, boxed: true })).toEqual(new Float64Array([9]));
    });
  });

  test("passes reports on, in order and before the result", async () => {
    await withPool({}, async (pool) => {
      const heard: unknown[] = [];
      const done = await pool.run({ deed: "report", n: 4 }, { onMessage: (message) => heard.push(message) });
      expect([...heard, done]).toEqual([1, 2, 3, 4, 4]);
    });
  });

  test("brings errors back with their class or their cause, and goes on", async () => {
    await withPool({ workers: 1 }, async (pool) => {
      const failure = await pool.run({ deed: "fail" }).catch((cause: unknown) => cause);
      expect(failure).toBeInstanceOf(WeightbookError);
      expect(failure).toMatchObject({
        code: "worker/failed",
        cause: { name: "RangeError", message: "seven is too many" },
      });
      const damage = await pool.run({ deed: "damaged" }).catch((cause: unknown) => cause);
      expect(damage).toBeInstanceOf(DataError);
      expect(damage).toMatchObject({ code: "data/truncated", value: "x.bin" });
      const backend = await pool.run({ deed: "backend" }).catch((cause: unknown) => cause);
      expect(backend).toBeInstanceOf(BackendError);
      const remedy = "install anew with npm ci";
      expect(backend).toMatchObject({
        code: "backend/unavailable",
        message: `the tensor backend "wasm" cannot start: its module is damaged; ${remedy}`,
        value: "wasm",
        reason: "its module is damaged",
        remedy,
      });
      const memory = await pool.run({ deed: "memory" }).catch((cause: unknown) => cause);
      expect(memory).toMatchObject({ name: "WeightbookError", code: "tensors/memory", value: 4096 });
      expect(await pool.run({ deed: "square", n: 2 })).toBe(4);
    });
  });

  test("reports a thread that dies and starts another", async () => {
    await withPool({ workers: 1 }, async (pool) => {
      await expect(pool.run({ deed: "die" })).rejects.toMatchObject({
        code: "worker/crashed",
        message: expect.stringContaining("code 5"),
      });
      expect(await pool.run({ deed: "square", n: 2 })).toBe(4);
    });
  });

  test("reports a script that cannot start", async () => {
    const pool = new WorkerPool(new URL("./no-such-worker.mjs", import.meta.url), {
      label: "echoing",
      workers: 1,
    });
    await expect(pool.run({})).rejects.toMatchObject({
      code: "worker/crashed",
      message: expect.stringContaining("no-such-worker"),
    });
    await pool.close();
  });

  test("refuses a job that cannot be sent, and goes on", async () => {
    await withPool({ workers: 1 }, async (pool) => {
      await expect(pool.run({ deed: "square", n: () => 2 })).rejects.toThrow(/could not be cloned/);
      expect(await pool.run({ deed: "square", n: 2 })).toBe(4);
    });
  });

  test("abort ends a thread in an endless loop, rejects all tasks and leaves no listener", async () => {
    const controller = new AbortController();
    await withPool({ workers: 1, signal: controller.signal }, async (pool) => {
      const running = pool.run({ deed: "loop" }, { onMessage: () => controller.abort() });
      const waiting = pool.run({ deed: "square", n: 2 });
      await expect(running).rejects.toBeInstanceOf(InterruptedError);
      await expect(waiting).rejects.toBeInstanceOf(InterruptedError);
      await expect(pool.run({ deed: "square", n: 2 })).rejects.toBeInstanceOf(InterruptedError);
    });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("runInWorkers stops at the first error, of a worker or of onResult", async () => {
    const loops = [{ deed: "loop" }, { deed: "loop" }];
    const run = (first: Job, onResult: () => void) =>
      runInWorkers<Job, unknown>(echo, [first, ...loops], { label: "echoing", workers: 2, onResult });
    await expect(run({ deed: "fail" }, () => {})).rejects.toMatchObject({ code: "worker/failed" });
    const full = new Error("full");
    const throwFull = () => {
      throw full;
    };
    await expect(run({ deed: "square", n: 1 }, throwFull)).rejects.toBe(full);
  });

  test("runInWorkers takes jobs only when a thread is free for them", async () => {
    let taken = 0;
    let finished = 0;
    let ahead = 0;
    function* jobs(): Generator<Job> {
      for (let n = 0; n < 12; n++) {
        ahead = Math.max(ahead, ++taken - finished);
        yield { deed: "square", n };
      }
    }
    const results: unknown[] = [];
    await runInWorkers<Job, unknown>(echo, jobs(), {
      label: "echoing",
      workers: 2,
      onResult: (result, index) => {
        finished++;
        results[index] = result;
      },
    });
    expect(results).toEqual(Array.from({ length: 12 }, (_, n) => n * n));
    expect(ahead).toBe(2);
  });
});
