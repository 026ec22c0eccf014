// The thread that hears interrupts while the main thread computes.
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { descriptors } from "../channel.js";
import { places } from "./interrupts.js";
import { terminateMainThread } from "./termination.js";

/** How long (ms) the main thread has to react by itself: long work in lib then stops tidily. */
const patienceMs = 400;
/** How long (ms) it has to hear of the interrupt once it was stopped by force: whatever it does then is the kernel's. */
const recoveryMs = 1500;
/** How often (ms) it is looked whether it has heard. */
const lookEveryMs = 20;
/** After this time (ms) the main thread is taken to wait for a process. */
const stuckMs = 900;
/** How long (ms) this process may outlive the front. */
const orphanLimitMs = 1000;

const state = workerData as Int32Array;
let isStopping = false;

const isHandled = () => Atomics.load(state, places.handled) >= Atomics.load(state, places.requested);
/** Whether the main thread may be stopped by force: it runs what was meant, and not the compiler. */
const isFree = () =>
  Atomics.load(state, places.guarded) === 0 &&
  Atomics.load(state, places.running) === Atomics.load(state, places.meant);

async function stopMainThread(): Promise<void> {
  isStopping = true;
  // Unless it has reacted: the signal would reach the front too, which would take it for the next cell's.
  const stuck = setTimeout(() => isHandled() || interruptGroup(), stuckMs);
  await handling(patienceMs);
  while (!isHandled()) {
    if (isFree()) await terminateMainThread(isHandled, () => Atomics.store(state, places.terminated, 1));
    await handling(Atomics.load(state, places.terminated) === 1 ? recoveryMs : patienceMs);
    // Again: what was terminated may have been the main thread's hearing of the first one.
    if (!isHandled()) parentPort?.postMessage("interrupt");
  }
  clearTimeout(stuck);
  isStopping = false;
}

/** A process that the main thread waits for gets the signal as from a terminal, if the front leads a group of its own. */
function interruptGroup(): void {
  try {
    process.kill(-process.ppid, "SIGINT");
  } catch {
    // Then it is waited for.
  }
}

/** Waits until the interrupt is handled, so long (ms) at most. */
async function handling(limit: number): Promise<void> {
  const end = performance.now() + limit;
  while (!isHandled() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookEveryMs, limit)));
  }
}

const interrupts = new Socket({ fd: descriptors.interrupts, readable: true, writable: false });
interrupts.on("data", (numbers: Buffer) => {
  // One line an interrupt; the last one counts.
  Atomics.store(state, places.meant, Number(numbers.toString().trim().split("\n").at(-1)));
  Atomics.add(state, places.requested, 1);
  parentPort?.postMessage("interrupt");
  if (!isStopping) stopMainThread();
});
// The front is gone: so must we, even in the middle of a loop.
interrupts.on("close", () => setTimeout(() => process.kill(process.pid, "SIGKILL"), orphanLimitMs));
interrupts.on("error", () => undefined);
