import { afterEach, expect, it } from "vitest";
import { interruptible, kernelSignal } from "#lib/core/interrupt.js";
import { Pacer } from "#lib/core/numeric/pacer.js";
import { signal as atLoad } from "#lib/notebook/signal.js";

const key = Symbol.for("weightbook.signal");
const shared = globalThis as Record<symbol, unknown>;

/** Puts a signal where the kernel does. */
function asKernel(): AbortController {
  const controller = new AbortController();
  Object.defineProperty(globalThis, key, { get: () => controller.signal, configurable: true });
  return controller;
}

afterEach(() => {
  delete shared[key];
});

it("leaves options alone outside the kernel", () => {
  const given = new AbortController().signal;
  const options = { signal: given, rounds: 3 };
  expect(kernelSignal()).toBeUndefined();
  expect(interruptible(options)).toBe(options);
  expect(interruptible({}).valueOf()).toEqual({});
});

it("gives options without a signal the kernel's, and keeps the others", () => {
  const kernel = asKernel();
  expect(interruptible({ rounds: 3 } as { rounds: number; signal?: AbortSignal })).toEqual({
    rounds: 3,
    signal: kernel.signal,
  });
});

it("obeys both the caller's signal and the kernel's", () => {
  for (const first of ["own", "kernel"] as const) {
    const controllers = { kernel: asKernel(), own: new AbortController() };
    const { signal } = interruptible({ signal: controllers.own.signal });
    // Asked again, further down, it must not be wrapped once more.
    expect(interruptible({ signal }).signal).toBe(signal);
    expect(signal.aborted).toBe(false);
    controllers[first].abort();
    expect(signal.aborted).toBe(true);
  }
});

it("stops work that began before the kernel's signal was renewed", async () => {
  const old = asKernel();
  const pacer = new Pacer("old work", 1, "steps", {});
  old.abort();
  asKernel();
  await expect(pacer.pause()).rejects.toMatchObject({ code: "interrupted" });
  await expect(new Pacer("new work", 1, "steps", {}).pause()).resolves.toBeUndefined();
});

it("tells the notebook's signal of every new one", async () => {
  expect(atLoad.aborted).toBe(false);
  const wb = await import("#lib/index.js");
  const listeners = shared[Symbol.for("weightbook.signalListeners")] as Set<(signal: AbortSignal) => void>;
  const renewed = new AbortController().signal;
  for (const listener of listeners) listener(renewed);
  expect(wb.signal).toBe(renewed);
});
