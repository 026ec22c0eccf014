import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { selectBackend } from "#lib/compute/tensors/backends/index.js";
import { findTfjsNode } from "#lib/compute/tensors/backends/tfjs-node-place.js";
import { cloneOfCpu, installStandIn, selectInChild, withoutGpu } from "../helpers/backends.js";

const folders: string[] = [];
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A cache folder with stand-ins for TensorFlow's packages in it. */
function cacheWith(packages: Partial<Record<"tfjs-node" | "tfjs-node-gpu", string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-backends-"));
  folders.push(folder);
  for (const [name, source] of Object.entries(packages)) {
    installStandIn(folder, name as "tfjs-node" | "tfjs-node-gpu", source);
  }
  return folder;
}

const broken = 'throw new Error("libtensorflow.so.2 is missing.\\nand more");';

describe("the automatic choice", () => {
  it("takes wasm, in silence, where nothing better is installed", () => {
    const { attempts, told } = selectInChild(["auto"], withoutGpu(cacheWith()));
    expect(attempts).toMatchObject([{ name: "wasm", engine: "wasm", sum: 13.5 }]);
    expect(told.filter((line) => !line.includes("webgpu cannot"))).toEqual([]);
  });

  it.each([
    ["node-gpu", { "tfjs-node-gpu": cloneOfCpu, "tfjs-node": cloneOfCpu }],
    ["node", { "tfjs-node": cloneOfCpu }],
  ])("takes %s before wasm", (name, packages) => {
    const { attempts } = selectInChild(["auto"], withoutGpu(cacheWith(packages)));
    expect(attempts).toMatchObject([{ name, engine: "tensorflow", sum: 13.5 }]);
  });

  it("says once, in one line, that an installed one does not start, and why", () => {
    const cache = cacheWith({ "tfjs-node-gpu": broken });
    const { attempts, told } = selectInChild(["auto", "cpu", "auto", "wasm", "auto"], withoutGpu(cache));
    expect(attempts.map(({ name }) => name)).toEqual(["wasm", "cpu", "wasm", "wasm", "wasm"]);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("weightbook: tensors run on wasm; node-gpu cannot: ");
    expect(told[0]).toContain("libtensorflow.so.2 is missing (try npm run setup:gpu)");
    expect(told[0]).not.toContain("and more");
  });

  it("does not take CUDA's package when it computes on the CPU", () => {
    const cache = cacheWith({
      "tfjs-node-gpu": cloneOfCpu.replace("isUsingGpuDevice: true", "isUsingGpuDevice: false"),
    });
    const { attempts, told } = selectInChild(["auto", "node-gpu"], withoutGpu(cache));
    expect(attempts[0]).toMatchObject({ name: "wasm", engine: "wasm", sum: 13.5 });
    expect(told.join()).toContain("TensorFlow found no CUDA device");
    expect(attempts[1]).toMatchObject({ error: "BackendError", active: 4.5 });
  });
});

describe("by name", () => {
  it("each starts, and tensors move among them in one process", () => {
    const cache = cacheWith({ "tfjs-node": cloneOfCpu });
    const names = ["cpu", "node", "wasm", "cpu", "node", "wasm"];
    const { status, attempts, told } = selectInChild(names, withoutGpu(cache));
    expect(status).toBe(0);
    expect(attempts.map(({ name }) => name)).toEqual(names);
    expect(attempts.map(({ sum }) => sum)).toEqual(names.map(() => 13.5));
    expect(told).toEqual([]);
  });

  it("WEIGHTBOOK_BACKEND names it too; the option goes before it, and auto leaves it to the variable", () => {
    const env = { ...withoutGpu(cacheWith()), WEIGHTBOOK_BACKEND: "cpu" };
    expect(selectInChild(["auto", "wasm"], env).attempts).toMatchObject([{ name: "cpu" }, { name: "wasm" }]);
    const odd = selectInChild(["auto"], { ...env, WEIGHTBOOK_BACKEND: "cuda" }).attempts;
    expect(odd).toMatchObject([
      {
        error: "UsageError",
        message:
          'WEIGHTBOOK_BACKEND is "cuda", which is no tensor backend; choose auto, node-gpu, webgpu, node, wasm, cpu',
      },
    ]);
  });

  it.each([
    ["WEIGHTBOOK_BLAS", "maybe"],
    ["WEIGHTBOOK_BLAS_THREADS", "0"],
  ])("wasm does not start with a %s that is none, and the former stays", (name, value) => {
    const env = { ...withoutGpu(cacheWith()), [name]: value };
    const { attempts } = selectInChild(["cpu", "wasm", "cpu"], env);
    expect(attempts[1]).toMatchObject({ error: "UsageError", active: 4.5 });
    expect(attempts[1].message).toContain(`${name} is "${value}"; give `);
    expect(attempts[2]).toMatchObject({ name: "cpu", sum: 13.5 });
  });

  it.each([
    ["node-gpu", "@tensorflow/tfjs-node-gpu is not installed; install it with npm run setup:gpu"],
    ["node", "@tensorflow/tfjs-node is not installed; install it with npm install --prefix "],
    ["webgpu", "no GPU was found"],
  ])("%s is an error with reason and remedy where it is missing, and the former stays", (name, reason) => {
    const { attempts, told } = selectInChild(["cpu", name, "cpu"], withoutGpu(cacheWith()));
    expect(attempts[1]).toMatchObject({ error: "BackendError", code: "backend/unavailable", active: 4.5 });
    expect(attempts[1].message).toContain(`the tensor backend "${name}" cannot start: ${reason}`);
    expect(attempts[2]).toMatchObject({ name: "cpu", sum: 13.5 });
    expect(told).toEqual([]);
  });

  it("a package that fails gives its reason, and a second start its own", () => {
    const { attempts } = selectInChild(
      ["node", "wasm", "node"],
      withoutGpu(cacheWith({ "tfjs-node": broken })),
    );
    expect(attempts[0].message).toContain(
      "was found but fails: libtensorflow.so.2 is missing; try npm install",
    );
    expect(attempts[1]).toMatchObject({ name: "wasm", sum: 13.5 });
    expect(attempts[2].error).toBe("BackendError");
  });

  it("a package that registers nothing is told apart", () => {
    const { attempts } = selectInChild(["node"], withoutGpu(cacheWith({ "tfjs-node": "" })));
    expect(attempts[0].message).toContain(
      "@tensorflow/tfjs-node registered nothing with this project's tfjs",
    );
  });

  it("node and node-gpu do not fit into one process", () => {
    const cache = cacheWith({ "tfjs-node": cloneOfCpu, "tfjs-node-gpu": cloneOfCpu });
    const { attempts } = selectInChild(["node", "node-gpu", "node"], withoutGpu(cache));
    expect(attempts[1].message).toContain("this process already runs @tensorflow/tfjs-node");
    expect(attempts[2]).toMatchObject({ name: "node", sum: 13.5 });
  });
});

describe("tfjs-node", () => {
  const wantsUtil = `const util = require("util");
    if (!util.isNullOrUndefined(null) || util.isNullOrUndefined(0) || !util.isArray([])) throw new Error("util");
    ${cloneOfCpu}`;

  it("finds in util what newer Nodes took out of it", () => {
    const env = withoutGpu(cacheWith({ "tfjs-node": wantsUtil }));
    expect(selectInChild(["newer-node", "node"], env).attempts).toMatchObject([{ name: "node", sum: 13.5 }]);
  });

  it("in a second thread, where it cannot start, says so", () => {
    const source = 'if (!require("worker_threads").isMainThread) throw new Error("did not self-register");';
    const env = withoutGpu(cacheWith({ "tfjs-node": source + cloneOfCpu }));
    const { attempts } = selectInChild(["node", "worker", "node"], env);
    expect(attempts[0]).toMatchObject({ name: "node", sum: 13.5 });
    expect(attempts[1].message).toContain(
      "did not self-register (tfjs-node starts in one thread of a process",
    );
    expect(attempts[1].message).toContain("tensorflow/tfjs#8388); select it in the main thread");
  });

  it("is not what goes by its name in the project (plain tfjs, for danfojs)", () => {
    vi.stubEnv("WEIGHTBOOK_CACHE", cacheWith());
    expect(findTfjsNode("@tensorflow/tfjs-node")).toBeUndefined();
  });
});

describe("in one process", () => {
  it("an unknown name or option is refused", async () => {
    const unknown = "cuda" as "cpu";
    await expect(selectBackend({ backend: unknown })).rejects.toThrow(
      'there is no tensor backend "cuda"; choose auto, node-gpu, webgpu, node, wasm, cpu',
    );
    await expect(selectBackend({ bakend: "cpu" } as object)).rejects.toThrow('no option "bakend"');
  });

  it("an aborted signal stops the choice", async () => {
    const call = selectBackend({ signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: "interrupted" });
  });

  it("leaves errors that nobody caught to those who listened before", async () => {
    await selectBackend({ backend: "wasm" });
    const listeners = [
      ...process.listeners("uncaughtException"),
      ...process.listeners("unhandledRejection"),
    ] as readonly unknown[];
    expect(listeners.filter((listener) => /throw (ex|reason)/.test(String(listener)))).toEqual([]);
  });

  it("calls at the same time do not mix", async () => {
    const [cpu, wasm, again] = await Promise.all([
      selectBackend({ backend: "cpu" }),
      selectBackend({ backend: "wasm" }),
      selectBackend({ backend: "cpu" }),
    ]);
    expect([cpu.name, wasm.name, again.name]).toEqual(["cpu", "wasm", "cpu"]);
    expect(again).toBe(cpu);
    expect(cpu.tf.getBackend()).toBe("cpu");
  });
});
