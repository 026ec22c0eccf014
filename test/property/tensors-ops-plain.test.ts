import { expect, it, vi } from "vitest";
import { laneSimd } from "#lib/compute/lanes.js";
import "./tensors-ops.test.js";

// Read when kernels are first used, that is by the first test: the same properties, without fused multiply-adds.
vi.stubEnv("WEIGHTBOOK_SIMD", "plain");

it("ran without fused multiply-adds", () => {
  expect(laneSimd()).toBe("plain");
});
