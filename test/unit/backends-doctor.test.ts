import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { backendNames, selectBackend } from "#lib/compute/tensors/backends/index.js";
import { measureRates } from "#lib/compute/tensors/backends/rates.js";
import type { Finding } from "#lib/workbook/doctor/finding.js";
import { cloneOfCpu, installStandIn, withoutGpu } from "../helpers/backends.js";
import { softwareVulkan } from "../helpers/webgpu.js";

const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function newCache(): string {
  folders.push(mkdtempSync(join(tmpdir(), "weightbook-doctor-")));
  return folders.at(-1)!;
}

function doctor(args: readonly string[], env: NodeJS.ProcessEnv = withoutGpu(newCache())) {
  return spawnSync(process.execPath, [cli, "doctor", ...args], { encoding: "utf8", env, timeout: 60_000 });
}

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

describe("weightbook doctor", () => {
  it("lists every backend in order: found with device and rates, or why not and what to do", () => {
    const env = withoutGpu(newCache());
    installStandIn(env.WEIGHTBOOK_CACHE!, "tfjs-node", cloneOfCpu);
    const { status, stdout } = doctor([], env);
    expect(status).toBe(0);
    const lines = stdout.split("\n").filter((line) => / backend /.test(line));
    expect(lines.map((line) => line.split(/\s+/)[2])).toEqual([...backendNames]);
    expect(lines[0]).toMatch(/^note .*tfjs-node-gpu is not installed; install it with npm run setup:gpu$/);
    for (const line of lines.slice(2)) {
      expect(line).toMatch(/^ok .*; [\d.]+ GFLOP\/s \(512\^3 matmul\); [\d.]+ training steps\/s/);
    }
    expect(stdout).not.toContain("measuring");
  });

  const vulkan = softwareVulkan();

  it("says it as JSON too, without rates on demand, and outlives a backend that crashes its process", () => {
    const env = { ...withoutGpu(newCache()), ...vulkan };
    installStandIn(env.WEIGHTBOOK_CACHE!, "tfjs-node-gpu", "process.abort();");
    const { status, stdout } = doctor(["--json", "--no-rates"], env);
    expect(status).toBe(0);
    const { healthy, findings } = JSON.parse(stdout) as Report;
    expect(healthy).toBe(true);
    const backends = findings.filter(({ name }) => name.startsWith("backend "));
    expect(backends.map(({ name }) => name.slice(8))).toEqual([...backendNames]);
    const [crashing, webgpu, node, wasm] = backends;
    expect(crashing).toMatchObject({ state: "note" });
    expect(crashing.detail).toContain("its process ended by SIGABRT");
    expect(node.backend).toMatchObject({ reason: "@tensorflow/tfjs-node is not installed" });
    expect(wasm).toMatchObject({ state: "ok" });
    expect(Object.keys(wasm.backend!)).toEqual(["device", "notes"]);
    if (vulkan) expect(webgpu.detail).toMatch(/llvmpipe.*in software/);
    else expect(webgpu.detail).toContain("no GPU was found");
  });

  it.each([
    ["WEIGHTBOOK_BLAS", "maybe", "give on or off"],
    ["WEIGHTBOOK_BLAS_THREADS", "two", "give a positive integer"],
  ])("says what is wrong with %s", (name, value, remedy) => {
    const { status, stdout } = doctor(["--no-rates"], { ...withoutGpu(newCache()), [name]: value });
    expect(status).toBe(1);
    const line = stdout.split("\n").find((text) => text.includes("backend wasm"));
    expect(line).toMatch(new RegExp(`^missing +backend wasm +${name} is "${value}"; ${remedy}$`));
  });

  it("outlives a backend that ends its process in silence, or after other words", () => {
    const env = withoutGpu(newCache());
    installStandIn(env.WEIGHTBOOK_CACHE!, "tfjs-node-gpu", "process.exit(0);");
    installStandIn(
      env.WEIGHTBOOK_CACHE!,
      "tfjs-node",
      'process.on("exit", () => console.log("bye")); process.exit(0);',
    );
    const { status, stdout } = doctor(["--no-rates"], env);
    expect(status).toBe(0);
    for (const name of ["node-gpu", "node"]) {
      expect(stdout).toMatch(
        new RegExp(`^note +backend ${name} +its process ended without an answer; `, "m"),
      );
    }
  });

  it("exits with 1 when the backend that WEIGHTBOOK_BACKEND names cannot start, or is none", () => {
    const env = withoutGpu(newCache());
    const named = doctor(["--no-rates"], { ...env, WEIGHTBOOK_BACKEND: "node-gpu" });
    expect(named.status).toBe(1);
    expect(named.stdout).toMatch(
      /^missing +backend node-gpu +WEIGHTBOOK_BACKEND asks for it: .* is not installed; install it with/m,
    );
    const { status, stdout } = doctor(["--no-rates"], { ...env, WEIGHTBOOK_BACKEND: "cuda" });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^missing +backend .*WEIGHTBOOK_BACKEND is "cuda"/m);
  });
});

describe("rates", () => {
  it.each(["wasm", "cpu"] as const)("on %s are numbers, and leave no tensor", async (backend) => {
    const { tf } = await selectBackend({ backend });
    const before = tf.memory().numTensors;
    const { matmulGflops, stepsPerSecond } = await measureRates(0.1);
    expect(matmulGflops).toBeGreaterThan(0.05);
    expect(stepsPerSecond).toBeGreaterThan(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});
