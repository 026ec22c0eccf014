import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import util from "node:util";
import { isMainThread } from "node:worker_threads";
import type { TensorFlow } from "../tf.js";
import { cpuName, firstLine, type Refused, type Started } from "./starts.js";
import { findTfjsNode, type TfjsNodeName, tfjsNodeFolder } from "./tfjs-node-place.js";

/** What is used here of TensorFlow's backend. */
interface NodeBackend {
  /** False when the GPU build found no CUDA device and computes on the CPU. */
  readonly isUsingGpuDevice?: boolean;
}

/** Both packages register themselves as "tensorflow", so a process can hold one of them. */
let held: TfjsNodeName | undefined;

/** Starts TensorFlow on the CPU. */
export async function startNode(tf: TensorFlow): Promise<Started | Refused> {
  const started = await start(tf, "@tensorflow/tfjs-node");
  return "reason" in started ? started : { ...started, device: cpuName() };
}

/** Starts TensorFlow with CUDA. */
export async function startNodeGpu(tf: TensorFlow): Promise<Started | Refused> {
  const started = await start(tf, "@tensorflow/tfjs-node-gpu");
  if ("reason" in started) return started;
  if ((tf.backend() as NodeBackend).isUsingGpuDevice === false) {
    const reason = "TensorFlow found no CUDA device and would compute on the CPU";
    const remedy = "it needs an NVIDIA driver, CUDA 11.2 or later and cuDNN 8; npm run setup:gpu checks them";
    return { reason, remedy, isAbsent: false };
  }
  return { ...started, device: cudaDevice() };
}

async function start(tf: TensorFlow, name: TfjsNodeName): Promise<Started | Refused> {
  const place = findTfjsNode(name);
  if (!place) {
    return {
      reason: `${name} is not installed`,
      remedy: `install it with ${installer(name)}`,
      isAbsent: true,
    };
  }
  if (held && held !== name) {
    const reason = `this process already runs ${held}, which takes the same place in tfjs`;
    return { reason, remedy: "start another process for it", isAbsent: false };
  }
  try {
    restoreUtil();
    createRequire(import.meta.url)(place.folder);
    held = name;
    await activate(tf, name);
  } catch (cause) {
    return { ...whyNot(name, cause), isAbsent: false, cause };
  }
  const notes =
    place.version === tf.version.tfjs ? [] : [`${name} is ${place.version}, tfjs ${tf.version.tfjs}`];
  return { engineName: "tensorflow", device: name, notes };
}

/** Copies of tfjs share one engine by a global, so what the package registered in its own copy is here too. */
async function activate(tf: TensorFlow, name: string): Promise<void> {
  if (!tf.findBackendFactory("tensorflow")) {
    throw new Error(`${name} registered nothing with this project's tfjs ${tf.version.tfjs}`);
  }
  if (!(await tf.setBackend("tensorflow"))) throw new Error("TensorFlow's library did not start");
}

function whyNot(name: TfjsNodeName, cause: unknown): { reason: string; remedy: string } {
  if (!isMainThread) {
    const reason = `${firstLine(cause)} (tfjs-node starts in one thread of a process: tensorflow/tfjs#8388)`;
    return { reason, remedy: "select it in the main thread" };
  }
  return { reason: `${name} was found but fails: ${firstLine(cause)}`, remedy: `try ${installer(name)}` };
}

/** In a folder of its own: inside the project its name belongs to plain tfjs. */
function installer(name: TfjsNodeName): string {
  if (name === "@tensorflow/tfjs-node-gpu") return "npm run setup:gpu";
  return `npm install --prefix ${tfjsNodeFolder()} ${name}@4.22.0`;
}

/** tfjs-node calls functions that Node 23 took out of `util` (tensorflow/tfjs#8609). */
function restoreUtil(): void {
  const removed: Readonly<Record<string, (value: unknown) => boolean>> = {
    isArray: Array.isArray,
    isBoolean: (value) => typeof value === "boolean",
    isFunction: (value) => typeof value === "function",
    isNull: (value) => value === null,
    isNullOrUndefined: (value) => value === null || value === undefined,
    isNumber: (value) => typeof value === "number",
    isObject: (value) => value !== null && typeof value === "object",
    isString: (value) => typeof value === "string",
    isUndefined: (value) => value === undefined,
  };
  for (const [name, test] of Object.entries(removed)) {
    if (!(name in util)) Object.assign(util, { [name]: test });
  }
}

function cudaDevice(): string {
  const options = { encoding: "utf8", timeout: 5000 } as const;
  const { status, stdout } = spawnSync("nvidia-smi", ["--query-gpu=name", "--format=csv,noheader"], options);
  return (status === 0 && stdout.trim().split("\n")[0]) || "a CUDA device";
}
