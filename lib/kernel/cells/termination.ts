import { type Debugger, Session } from "node:inspector";
import { prepareName } from "./interrupts.js";

/** How often (ms) it is looked whether the main thread has reacted by itself. */
const lookEveryMs = 100;
/** How many steps are taken from Node's and the kernel's own code to the reader's. */
const stepLimit = 500;
/** How long (ms) the main thread is waited for before all this starts again: a request that got lost would stay lost. */
const attemptMs = 2000;
/** Where the kernel's own scripts are. */
const kernelScripts = new URL("..", import.meta.url).href;

const prepare = `globalThis[Symbol.for(${JSON.stringify(prepareName)})]()`;

/**
 * Terminates the JavaScript that the main thread runs, from another thread: loops, also in WebAssembly, waiting by
 * Atomics, a chain of microtasks. The main thread is paused in the reader's code first and prepared, because neither Node
 * nor the kernel expects to be terminated inside of its own. Native code is waited for, for a while: the caller looks
 * whether something is left to terminate, and tries again.
 * @param isHandled tells that nothing needs to be terminated any more
 * @param onTermination is called before the main thread goes on
 */
export function terminateMainThread(isHandled: () => boolean, onTermination: () => void): Promise<void> {
  return new Promise((resolve) => {
    const session = new Session();
    session.connectToMainThread();
    /** Scripts that are Node's or the kernel's own. */
    const own = new Set<string>();
    let steps = 0;
    let isOver = false;
    let hasEnded = false;
    const end = () => {
      if (hasEnded) return;
      hasEnded = true;
      isOver = true;
      clearInterval(timer);
      clearTimeout(limit);
      session.disconnect();
      resolve();
    };
    const timer = setInterval(() => {
      if (isHandled() && !isOver) end();
    }, lookEveryMs);
    const limit = setTimeout(end, attemptMs);
    session.on("Debugger.scriptParsed", ({ params }: { params: Debugger.ScriptParsedEventDataType }) => {
      if (params.url.startsWith("node:") || params.url.startsWith(kernelScripts)) own.add(params.scriptId);
    });
    session.on("Debugger.paused", ({ params }: { params: Debugger.PausedEventDataType }) => {
      if (isOver) return;
      if (isHandled()) {
        end();
        return;
      }
      const isOwn = own.has(params.callFrames[0]?.location.scriptId ?? "");
      if (isOwn && steps++ < stepLimit) {
        session.post("Debugger.stepInto");
        return;
      }
      isOver = true;
      onTermination();
      session.post("Runtime.evaluate", { expression: prepare }, () =>
        session.post("Debugger.resume", { terminateOnResume: true }, end),
      );
    });
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  });
}
