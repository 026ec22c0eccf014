import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { deviceSlug, makeStackedEngine } from "#lib/zoo/stacked/engine.js";
import { noSoftwareVulkan, useSoftwareVulkan } from "../helpers/webgpu.js";

/** Versions of the stacked engine, each with the version of tfjs whose bits it stands for. */
const tfjsOf: Readonly<Record<string, string>> = { "stacked-1": "4.22.0" };

test("another version of tfjs is another version of the stacked engine", async () => {
  const { version } = await makeStackedEngine({ backend: "cpu" });
  const constant = version.replace(/-cpu$/, "");
  const remedy = `tfjs changed, and zoos of equal keys could differ in bits: raise "version" in lib/zoo/stacked/engine.ts (now ${constant}) and add it here with the new tfjs`;
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const name of [
    "@tensorflow/tfjs",
    "@tensorflow/tfjs-backend-wasm",
    "@tensorflow/tfjs-backend-webgpu",
  ]) {
    expect(manifest.dependencies[name] ?? manifest.optionalDependencies[name], `${name}: ${remedy}`).toBe(
      tfjsOf[constant],
    );
  }
});

test("a device's name becomes letters and digits, at most forty", () => {
  expect(deviceSlug("NVIDIA H100 80GB HBM3")).toBe("nvidia-h100-80gb-hbm3");
  expect(deviceSlug("llvmpipe (LLVM 15.0.6, 256 bits)")).toBe("llvmpipe-llvm-15-0-6-256-bits");
  expect(deviceSlug("AMD Radeon(TM) RX 7900 XTX, driver of 2024 with notes")).toMatch(/^[a-z0-9-]{1,40}$/);
  expect(deviceSlug(`${"x".repeat(39)} y`)).toBe("x".repeat(39));
  expect(deviceSlug("®")).toBe("unnamed");
});

test("the key of the host has no device in it", async () => {
  expect((await makeStackedEngine({ backend: "cpu" })).version).toBe("stacked-1-cpu");
  expect((await makeStackedEngine({ backend: "wasm" })).version).toMatch(/^stacked-1-wasm(-fma)?$/);
});

test.skipIf(!useSoftwareVulkan())(`a GPU's name is in its version (${noSoftwareVulkan})`, async () => {
  const { version } = await makeStackedEngine({ backend: "webgpu" });
  expect(version).toMatch(/^stacked-1-webgpu-.*llvmpipe/);
});
