// The thread that hears interrupts while the main thread computes.
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { descriptors } from "../channel.js";
import { places } from "./interrupts.js";
import { terminateMainThread } from "./termination.js";

/** How long (ms) the main thread has to react by itself: long work in lib then stops tidily. */
const patienceMs = 400;
/** How long (ms) this process may outlive the front. */
const orphanLimitMs = 1000;

const state = workerData as Int32Array;
let isStopping = false;

const isHandled = () => Atomics.load(state, places.handled) >= Atomics.load(state, places.requested);

async function stopMainThread(): Promise<void> {
  isStopping = true;
  await pause();
  while (!isHandled()) {
    const isGuarded = Atomics.load(state, places.guarded) > 0;
    if (!isGuarded) {
      await terminateMainThread(isHandled, () => Atomics.store(state, places.terminated, 1));
    }
    await pause();
  }
  isStopping = false;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, patienceMs));
}

const interrupts = new Socket({ fd: descriptors.interrupts, readable: true, writable: false });
interrupts.on("data", () => {
  Atomics.add(state, places.requested, 1);
  parentPort?.postMessage("interrupt");
  if (!isStopping) stopMainThread();
});
// The front is gone: so must we, even in the middle of a loop.
interrupts.on("close", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), orphanLimitMs));
interrupts.on("error", () => undefined);
