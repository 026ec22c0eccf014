import { BackendError, checkOptions, throwIfAborted } from "../../../core/errors.js";
import { type TensorFlow, tensorflow } from "../tf.js";
import { startCpu, startWasm } from "./local.js";
import { type BackendName, type BackendOptions, backendNames, requestedBackend } from "./names.js";
import type { Refused, Start, Started } from "./starts.js";
import { startNode, startNodeGpu } from "./tfjs-node.js";
import { softwareRefused, startWebGpu } from "./webgpu.js";

/** A backend that runs. */
export interface Backend {
  readonly name: BackendName;
  /** What it computes on: the GPU's or the processor's name. */
  readonly device: string;
  /** tfjs, with this backend as the active one. */
  readonly tf: TensorFlow;
  /** What a user should know about it, a sentence each. */
  readonly notes: readonly string[];
}

const starts: Readonly<Record<BackendName, Start>> = {
  "node-gpu": startNodeGpu,
  webgpu: startWebGpu,
  node: startNode,
  wasm: startWasm,
  cpu: startCpu,
};

interface Running extends Backend {
  readonly engineName: string;
  readonly isSoftware?: boolean;
}

const running = new Map<BackendName, Running>();
let automatic: BackendName | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Starts a tensor backend and makes it the active one of tfjs. By name (the option, else `WEIGHTBOOK_BACKEND`) it is
 * this one or an error; otherwise the first of node-gpu, webgpu, node, wasm and cpu that starts, and a line on stderr
 * when one failed that is installed. A GPU in software is only taken by name. Later calls return the same started
 * backend; calls with another name switch, and tensors move along when they are used (those on webgpu
 * once they were fetched with data()).
 * @throws BackendError "backend/unavailable" with reason and remedy when the named backend cannot start
 * @throws UsageError for an unknown name; InterruptedError when the signal is aborted
 */
export function selectBackend(options: BackendOptions = {}): Promise<Backend> {
  // One after the other: tfjs has one active backend, and a start takes several turns of the event loop.
  const turn = last.then(() => select(options));
  last = turn.catch(() => undefined);
  return turn;
}

async function select(options: BackendOptions): Promise<Backend> {
  checkOptions(options, ["backend", "signal"], "selectBackend");
  const { signal } = options;
  throwIfAborted(signal, "the choice of a tensor backend");
  const name = requestedBackend(options.backend) ?? automatic;
  if (name === undefined) return choose(signal);
  const result = await start(name, true);
  if ("tf" in result) return result;
  throw new BackendError(name, result.reason, result.remedy, result.cause);
}

async function choose(signal: AbortSignal | undefined): Promise<Backend> {
  const failures: string[] = [];
  for (const name of backendNames) {
    throwIfAborted(signal, "the choice of a tensor backend");
    const result = await start(name, false);
    if ("tf" in result) {
      automatic = name;
      if (failures.length > 0) {
        process.stderr.write(`weightbook: tensors run on ${name}; ${failures.join("; ")}\n`);
      }
      return result;
    }
    if (!result.isAbsent) failures.push(`${name} cannot: ${result.reason} (${result.remedy})`);
  }
  throw new BackendError("auto", failures.join("; "), "install anew with npm ci");
}

/** Activates a backend, starting it where that has not happened; a failure leaves the one that was active before. */
async function start(name: BackendName, allowSoftware: boolean): Promise<Backend | Refused> {
  const tf = tensorflow();
  const known = running.get(name);
  if (known) {
    if (known.isSoftware && !allowSoftware) return softwareRefused(known.device);
    await tf.setBackend(known.engineName);
    return known;
  }
  const before = activeEngine(tf);
  const result: Started | Refused = await starts[name](tf, allowSoftware);
  if ("reason" in result) {
    if (before && activeEngine(tf) !== before) await tf.setBackend(before);
    return result;
  }
  const backend: Running = { name, tf, ...result };
  running.set(name, backend);
  return backend;
}

/** tfjs's active backend; undefined before there is one (asking tfjs itself would start one). */
function activeEngine(tf: TensorFlow): string | undefined {
  return tf.engine().backendName || undefined;
}
