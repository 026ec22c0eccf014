import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { type GemmKind, gemmName, withGemm } from "#lib/compute/tensors/wasm/gemm.js";
import { noSoftwareVulkan, useSoftwareVulkan } from "./webgpu.js";

/** What a tensor program runs on: a backend and, on wasm, a matrix product. */
export interface Engine {
  readonly name: string;
  readonly backend: "cpu" | "wasm" | "webgpu";
  readonly gemm?: GemmKind;
  /** Why tests on it are skipped on this machine. */
  readonly missing?: string;
}

await selectBackend({ backend: "wasm" });
const hasBlas = !gemmName().startsWith("own");

/** All that programs are tested on. */
export const engines: readonly Engine[] = [
  { name: "cpu", backend: "cpu" },
  { name: "wasm with BLAS", backend: "wasm", gemm: "blas", missing: hasBlas ? undefined : "needs a BLAS" },
  { name: "wasm with its own product", backend: "wasm", gemm: "own" },
  { name: "webgpu", backend: "webgpu", missing: useSoftwareVulkan() ? undefined : noSoftwareVulkan },
];

/** All but tfjs's cpu backend, which is what they are compared with. */
export const fastEngines = engines.filter(({ backend }) => backend !== "cpu");

/** Those of the wasm backend. */
export const wasmEngines = engines.filter(({ backend }) => backend === "wasm");

/** Makes an engine the one in use; the returned function ends its choice of a matrix product. */
async function start({ backend, gemm }: Engine): Promise<() => Promise<void>> {
  const { tf } = await selectBackend({ backend });
  // tfjs does small operations on the CPU where their inputs lie there; here the GPU is what is tested.
  if (backend === "webgpu") tf.env().set("WEBGPU_CPU_FORWARD", false);
  if (!gemm) return async () => undefined;
  let release = () => {};
  const held = withGemm(gemm, () => new Promise<void>((resolve) => (release = resolve)));
  return async () => {
    release();
    await held;
  };
}

/**
 * A group of tests for each of some engines, which is in use while they run. It fails when the GPU complains: that comes
 * late, and no call throws it.
 */
export function onEngines(some: readonly Engine[], title: string, tests: (engine: Engine) => void): void {
  for (const engine of some) {
    const reason = engine.missing ? ` (${engine.missing})` : "";
    describe.skipIf(engine.missing)(`${title} on ${engine.name}${reason}`, () => {
      const told = vi.spyOn(process.stderr, "write");
      let end = async () => {};
      beforeAll(async () => {
        told.mockClear();
        end = await start(engine);
      });
      afterAll(async () => {
        await end();
        const lines = told.mock.calls.map(([line]) => String(line));
        expect(lines.filter((line) => line.startsWith("weightbook: webgpu"))).toEqual([]);
      });
      tests(engine);
    });
  }
}
