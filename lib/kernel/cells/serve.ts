// Answers what the front wants of the cells (see channel.ts).
import type { MimeBundle } from "../../core/mime.js";
import type { CellRequest, DisplayOptions, ToCells } from "../channel.js";
import { answer } from "../language/introspection.js";
import { resolveOwnPackage } from "../language/resolve.js";
import { displayThroughTslab, leaveSignalsAlone } from "../language/tslab.js";
import { bundleOf } from "../values/bundle-of.js";
import { sendable } from "../values/sendable.js";
import { Cells } from "./cells.js";
import { ChannelWriter } from "./channel-writer.js";
import { captureChildren } from "./children.js";
import { CellComms } from "./comms.js";
import { Interrupts } from "./interrupts.js";
import { cellContext, hideContextOfPromises, type RunningCell } from "./running-cell.js";
import { installStreams } from "./streams.js";
import { countTicks } from "./ticks.js";
import { keepContextOfWorkers } from "./workers.js";

/** Node's warnings about its own features and old packages are not a notebook's output. */
function quietNode(): void {
  const quiet = ["ExperimentalWarning", "DeprecationWarning"];
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!quiet.includes(warning.name)) console.error(`${warning.name}: ${warning.message}`);
  });
}

const channel = new ChannelWriter();
const interrupts = new Interrupts(
  (cell, wasTerminated) => cells.interrupt(cell, wasTerminated),
  countTicks(),
);
/** Number of the request to which output belongs that is made now. */
const outputCell = () => (cellContext.getStore() ?? cells.current)?.request.cell ?? 0;
const barrier = () => channel.barrier(outputCell());
const settle = captureChildren(barrier);

installStreams((name, text) => channel.send({ type: "text", cell: outputCell(), name, text }));
quietNode();
resolveOwnPackage();

const cells = new Cells(process.cwd(), {
  guard: (work) => interrupts.guard(work),
  isInterrupted: (cell) => interrupts.isPendingFor(cell),
  noteRunning: (cell) => {
    interrupts.running = cell;
  },
  settle,
  show: bundleOf,
  complain: (cell: RunningCell | undefined, text) =>
    channel.send({ type: "text", cell: cell?.request.cell || outputCell(), name: "stderr", text }),
});

function display(given: MimeBundle, options: DisplayOptions = {}): void {
  const { bundle, notes } = sendable(given);
  channel.send({ type: "display", cell: outputCell(), data: bundle, options });
  for (const note of notes) console.error(note);
}
const clearOutput = (wait = false) => channel.send({ type: "clear", cell: outputCell(), wait });
Object.defineProperty(globalThis, Symbol.for("weightbook.display"), { value: display });
Object.defineProperty(globalThis, Symbol.for("weightbook.clearOutput"), { value: clearOutput });
const comms = new CellComms(
  (message) => channel.send({ type: "comm", cell: outputCell(), message }),
  (target) => channel.send({ type: "comm-target", target }),
);
Object.defineProperty(globalThis, Symbol.for("weightbook.comms"), { value: comms });
displayThroughTslab(display);
leaveSignalsAlone();
hideContextOfPromises();

process.on("uncaughtException", (error) => {
  if (!interrupts.takes(error)) cells.noteStray(error);
});
process.on("unhandledRejection", (reason) => cells.noteStray(reason));
process.on("disconnect", () => process.exit(0));
process.on("message", (message) => receive(message as ToCells));
interrupts.listen();
keepContextOfWorkers();
channel.send({ type: "ready" });

function receive(message: ToCells): void {
  if (message.type === "start") channel.begin(message.token);
  else if (message.type === "execute") run(message);
  else if (message.type === "comm") comms.receive(message.message);
  else {
    const { question, about, content } = message;
    const answered = interrupts.guard(() => answer(cells.executor, about, content)) ?? {};
    channel.send({ type: "answer", question, content: answered });
  }
}

async function run(request: CellRequest): Promise<void> {
  const outcome = await cells.run(request);
  channel.barrier(request.cell);
  channel.send({ type: "done", cell: request.cell, outcome });
}
