import { describe, expect, test, vi } from "vitest";
import { compareEngines } from "#lib/experiments/compare-engines.js";
import { placeOf, placeText } from "#lib/experiments/engine-place.js";
import { modelDifference } from "#lib/experiments/model-difference.js";
import { stackedEngine } from "#lib/zoo/stacked/reference.js";
import { noSoftwareVulkan, useSoftwareVulkan } from "../helpers/webgpu.js";
import { fake, noiseData, smallSpec } from "../helpers/zoo.js";

const dataset = noiseData();

test("two engines on one zoo: rates side by side, and that they agree", async () => {
  const engine = stackedEngine({ backend: "wasm" });
  const { table, claims } = await compareEngines(smallSpec(), { dataset, models: 5, epochs: 2, engine });
  expect(table.rows).toEqual([expect.stringMatching(/^lanes-/), expect.stringMatching(/^stacked-1-wasm/)]);
  expect(table.caption).toMatch(
    /^5 models of .* for 2 epochs on both engines \(stacked-1-wasm(-fma)? on wasm, the CPU: /,
  );
  // The backend was named, so nobody looked for a GPU.
  expect(table.caption).not.toContain("GPU");
  for (const [seconds, rate] of table.values) {
    // 5 models, 2 epochs, 40 images in batches of 4.
    expect(Number(seconds) * Number(rate)).toBeCloseTo(100, 6);
  }
  expect(claims).toMatchObject([{ verdict: "holds" }]);
  expect(claims[0].claim).toMatch(
    /^the stacked engine \(stacked-1-wasm(-fma)?\) trains the same models as the CPU engine \(lanes-/,
  );
  expect(claims[0].ours).toBeGreaterThan(0);
});

test("an engine that trains something else is found out", async () => {
  const { claims, table } = await compareEngines(smallSpec(), { dataset, models: 4, engine: fake() });
  expect(claims).toMatchObject([{ verdict: "fails" }]);
  expect(table.caption).toContain("on both engines (fake-1)");
  await expect(compareEngines(smallSpec(), { dataset, models: 11 })).rejects.toThrow("has 10; ask for fewer");
});

test("without a GPU at most 64 models are trained, by default", async () => {
  const { table } = await compareEngines(smallSpec({ models: 70 }), {
    datasets: { noise: dataset },
    epochs: 1,
    engine: fake(),
  });
  expect(table.caption).toMatch(/^64 models of .* for one epoch/);
});

describe("where an engine computes", () => {
  test("is said as it is: a GPU only where there is one, and that none was found only where one was sought", () => {
    const named = { device: "X", isAutomatic: false };
    expect(placeText({ ...named, backend: "webgpu", isGpu: true })).toBe(" on webgpu, a GPU: X");
    expect(placeText({ ...named, backend: "webgpu", isGpu: false })).toBe(" on webgpu, a GPU in software: X");
    expect(placeText({ ...named, backend: "node", isGpu: false })).toBe(" on node, the CPU: X");
    const sought = { ...named, isAutomatic: true };
    expect(placeText({ ...sought, backend: "node-gpu", isGpu: true })).toBe(" on node-gpu, a GPU: X");
    expect(placeText({ ...sought, backend: "wasm", isGpu: false })).toBe(
      " on wasm, the CPU: X; no GPU was found",
    );
    expect(placeText({ isGpu: false, isAutomatic: false })).toBe("");
  });

  test("is known of every engine; WEIGHTBOOK_BACKEND names one too", async () => {
    expect(await placeOf(fake())).toEqual({ isGpu: false, isAutomatic: false });
    expect(await placeOf(stackedEngine({ backend: "cpu" }))).toMatchObject({
      backend: "cpu",
      isGpu: false,
      isAutomatic: false,
    });
    vi.stubEnv("WEIGHTBOOK_BACKEND", "wasm");
    expect(await placeOf(stackedEngine())).toMatchObject({ backend: "wasm", isAutomatic: false });
    vi.unstubAllEnvs();
  });

  test.skipIf(!useSoftwareVulkan())(
    `is no GPU when it is one in software (${noSoftwareVulkan})`,
    async () => {
      const place = await placeOf(stackedEngine({ backend: "webgpu" }));
      expect(place).toMatchObject({ backend: "webgpu", isGpu: false });
      expect(place.device).toMatch(/llvmpipe/);
    },
  );
});

test("models are compared by their largest weight; zeros, NaN and divergence count as what they are", () => {
  const model = (...weights: number[]) => ({ weights: Float32Array.from(weights), diverged: false });
  expect(modelDifference(model(1, -4), model(1.5, -4))).toBe(0.125);
  expect(modelDifference(model(0, 0), model(0, 0))).toBe(0);
  expect(modelDifference(model(1, 0), model(0, 0))).toBe(Number.POSITIVE_INFINITY);
  expect(modelDifference(model(Number.NaN, 1), model(1, 1))).toBe(Number.POSITIVE_INFINITY);
  expect(modelDifference(model(Number.NaN, 1), model(Number.NaN, 1))).toBe(Number.POSITIVE_INFINITY);
  const diverged = { ...model(Number.NaN, 1), diverged: true };
  expect(modelDifference(diverged, { ...model(2, Number.NaN), diverged: true })).toBe(0);
  expect(modelDifference(diverged, model(1, 1))).toBe(Number.POSITIVE_INFINITY);
});
