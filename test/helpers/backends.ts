import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What test/helpers/backend-child.mjs says about one attempt. */
export interface Attempt {
  readonly name?: string;
  readonly device?: string;
  readonly notes?: readonly string[];
  readonly engine?: string;
  /** 13.5 where the backend computes right. */
  readonly sum?: number;
  readonly error?: string;
  readonly code?: string;
  readonly message?: string;
  /** 4.5 where an error left the former backend running. */
  readonly active?: number;
}

const program = fileURLToPath(new URL("backend-child.mjs", import.meta.url));

/** An environment without any GPU, and with a cache folder of its own. */
export function withoutGpu(cache: string): NodeJS.ProcessEnv {
  const { WEIGHTBOOK_BACKEND, ...rest } = process.env;
  return { ...rest, WEIGHTBOOK_CACHE: cache, VK_ICD_FILENAMES: "/nowhere", VK_DRIVER_FILES: "/nowhere" };
}

/** Selects backends one after the other in a new process; `told` are the library's own lines on stderr. */
export function selectInChild(words: readonly string[], env: NodeJS.ProcessEnv) {
  const options = { encoding: "utf8", env, timeout: 60_000 } as const;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  const told = stderr.split("\n").filter((line) => line.startsWith("weightbook:"));
  return { status, signal, told, stderr, attempts: lines.map((line) => JSON.parse(line) as Attempt) };
}

/**
 * The engine of a stand-in for tfjs-node: TensorFlow's backend is tfjs's cpu backend under another name, registered
 * through a second copy of tfjs-core, as the real package brings one.
 */
export const cloneOfCpu = `
  const core = require("./tf-core.js");
  if (core.tensor === require(${JSON.stringify(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core"))}).tensor)
    throw new Error("not a second copy");
  const Cpu = core.engine().findBackend("cpu").constructor;
  core.registerBackend("tensorflow", () => Object.assign(new Cpu(), { isUsingGpuDevice: true }), 3);
  for (const kernel of core.getKernelsForBackend("cpu"))
    core.registerKernel({ ...kernel, backendName: "tensorflow" });
  core.setBackend("tensorflow");
`;

/** Puts a stand-in for a package of TensorFlow's where `npm run setup:gpu` installs the real one. */
export function installStandIn(cache: string, name: "tfjs-node" | "tfjs-node-gpu", source: string): void {
  const folder = join(cache, "tfjs-node-gpu", "node_modules", "@tensorflow", name);
  mkdirSync(folder, { recursive: true });
  const core = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core");
  copyFileSync(core, join(folder, "tf-core.js"));
  const description = { name: `@tensorflow/${name}`, version: "4.22.0", main: "index.js" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(description));
  writeFileSync(join(folder, "index.js"), source);
}
