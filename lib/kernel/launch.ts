// The process that Jupyter starts for a notebook: `node launch.js --connection-file FILE`.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { getHeapStatistics } from "node:v8";
import { nodeTrouble } from "./node-version.js";
import { CellProcess } from "./protocol/cell-process.js";
import { KernelServer } from "./protocol/server.js";
import { Sockets } from "./protocol/sockets.js";
import type { ConnectionInfo } from "./protocol/wire.js";

/** Ends this process when the one that started it is gone, so that no kernel is left behind. */
function followParent(): void {
  const parent = process.ppid;
  if (process.env.JPY_PARENT_PID === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

/** Ends the processes that cells have started and left running, if this one leads a group of its own. */
function endGroup(): void {
  process.on("SIGTERM", () => undefined);
  try {
    process.kill(-process.pid, "SIGTERM");
  } catch {
    // Without a group nobody can tell which they are.
  }
}

function memoryAdvice(): string {
  const megabytes = Math.round(getHeapStatistics().heap_size_limit / 2 ** 20);
  return `it may use ${megabytes} MB: hold less at once, or raise --max-old-space-size in the kernelspec's kernel.json`;
}

async function main(): Promise<void> {
  const trouble = nodeTrouble();
  if (trouble) throw new Error(trouble);
  const { values } = parseArgs({ options: { "connection-file": { type: "string" } } });
  const file = values["connection-file"];
  if (!file) throw new Error("the kernel is started by Jupyter with --connection-file FILE");
  const connection = JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
  followParent();
  const startCells = (onPiece: ConstructorParameters<typeof CellProcess>[0]) => new CellProcess(onPiece);
  const server = new KernelServer(new Sockets(connection), startCells, memoryAdvice());
  process.on("SIGINT", () => server.onSignal());
  process.on("SIGTERM", () => process.exit(0));
  const isWell = await server.serve();
  endGroup();
  process.exit(isWell ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
