import { expect, it, vi } from "vitest";
import { laneSimd } from "#lib/compute/lanes.js";
import { wasmEngines } from "../helpers/tensor-engines.js";
import { testOps } from "../helpers/tensor-op-properties.js";

// Before the imports, which start the wasm backend: the same properties, without fused multiply-adds.
vi.hoisted(() => {
  process.env.WEIGHTBOOK_SIMD = "plain";
});

testOps(wasmEngines);

it("ran without fused multiply-adds", () => {
  expect(laneSimd()).toBe("plain");
});
