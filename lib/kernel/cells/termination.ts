import { type Debugger, Session } from "node:inspector";
import { prepareName } from "./interrupts.js";

/** How often (ms) it is looked whether the main thread has reacted by itself. */
const lookEveryMs = 100;
/** How many steps are taken from Node's own code to the reader's. */
const stepLimit = 500;

const prepare = `globalThis[Symbol.for(${JSON.stringify(prepareName)})]()`;

/**
 * Terminates the JavaScript that the main thread runs, from another thread: loops, also in WebAssembly, waiting by
 * Atomics, a chain of microtasks. The main thread is paused in the reader's code first and prepared, because Node does
 * not expect to be terminated inside of its own. Native code is waited for.
 * @param isHandled tells that nothing needs to be terminated any more
 * @param onTermination is called before the main thread goes on
 */
export function terminateMainThread(isHandled: () => boolean, onTermination: () => void): Promise<void> {
  return new Promise((resolve) => {
    const session = new Session();
    session.connectToMainThread();
    /** Scripts that are Node's own. */
    const ofNode = new Set<string>();
    let steps = 0;
    let isOver = false;
    const end = () => {
      isOver = true;
      clearInterval(timer);
      session.disconnect();
      resolve();
    };
    const timer = setInterval(() => {
      if (isHandled() && !isOver) end();
    }, lookEveryMs);
    session.on("Debugger.scriptParsed", ({ params }: { params: Debugger.ScriptParsedEventDataType }) => {
      if (params.url.startsWith("node:")) ofNode.add(params.scriptId);
    });
    session.on("Debugger.paused", ({ params }: { params: Debugger.PausedEventDataType }) => {
      if (isOver) return;
      if (isHandled()) {
        end();
        return;
      }
      const isNode = ofNode.has(params.callFrames[0]?.location.scriptId ?? "");
      if (isNode && steps++ < stepLimit) {
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
