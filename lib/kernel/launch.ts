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
  process.removeAllListeners("SIGTERM");
  process.on("SIGTERM", () => undefined);
  try {
    process.kill(-process.pid, "SIGTERM");
  } catch {
    // Without a group nobody can tell which they are.
  }
}

function memoryAdvice(): string {
  const words = [process.env.NODE_OPTIONS ?? "", ...process.execArgv].join(" ");
  const asked = [...words.matchAll(/--max[-_]old[-_]space[-_]size=(\d+)/g)].at(-1);
  const megabytes = asked ? Number(asked[1]) : Math.round(getHeapStatistics().heap_size_limit / 2 ** 20);
  return `it may use ${megabytes} MB: hold less at once, or raise --max-old-space-size in the kernelspec's kernel.json`;
}

/**
 * Reads what Jupyter wrote for this kernel.
 * @throws Error in one sentence that names the file
 */
function readConnection(file: string): ConnectionInfo {
  let connection: Partial<ConnectionInfo> | null;
  try {
    connection = JSON.parse(readFileSync(file, "utf8")) as Partial<ConnectionInfo> | null;
  } catch (error) {
    throw new Error(`the connection file ${file} cannot be read: ${(error as Error).message}`);
  }
  const needed = [
    "transport",
    "ip",
    "key",
    "shell_port",
    "iopub_port",
    "stdin_port",
    "control_port",
    "hb_port",
  ];
  const missing = needed.filter((name) => !connection || !(name in connection));
  if (missing.length > 0) throw new Error(`the connection file ${file} does not say ${missing.join(", ")}`);
  const found = connection as ConnectionInfo;
  const scheme = found.signature_scheme ?? "hmac-sha256";
  if (found.key && scheme !== "hmac-sha256") {
    throw new Error(
      `the connection file ${file} asks for signatures by ${scheme}; this kernel knows hmac-sha256`,
    );
  }
  return found;
}

async function main(): Promise<void> {
  const trouble = nodeTrouble();
  if (trouble) throw new Error(trouble);
  const { values } = parseArgs({ options: { "connection-file": { type: "string" } } });
  const file = values["connection-file"];
  if (!file) throw new Error("the kernel is started by Jupyter with --connection-file FILE");
  const connection = readConnection(file);
  followParent();
  const server = new KernelServer(
    new Sockets(connection),
    (onPiece) => new CellProcess(onPiece),
    memoryAdvice(),
  );
  process.on("SIGINT", () => server.onSignal());
  process.on("SIGTERM", () => {
    endGroup();
    process.exit(0);
  });
  const isWell = await server.serve();
  endGroup();
  process.exit(isWell ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
