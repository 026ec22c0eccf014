// The process that Jupyter starts for a notebook: `node launch.js --connection-file FILE`.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Cells } from "./cells/cells.js";
import { resolveOwnPackage } from "./language/resolve.js";
import { nodeTrouble } from "./node-version.js";
import { KernelServer } from "./protocol/server.js";
import type { ConnectionInfo } from "./protocol/wire.js";

/** Node's warnings about its own features and old packages are not a notebook's output. */
function quietNode(): void {
  const quiet = ["ExperimentalWarning", "DeprecationWarning"];
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!quiet.includes(warning.name)) console.error(`${warning.name}: ${warning.message}`);
  });
}

/** Ends this process when the one that started it is gone, so that no kernel is left behind. */
function followParent(): void {
  const parent = process.ppid;
  if (process.env.JPY_PARENT_PID === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

async function main(): Promise<void> {
  const trouble = nodeTrouble();
  if (trouble) throw new Error(trouble);
  const { values } = parseArgs({ options: { "connection-file": { type: "string" } } });
  const file = values["connection-file"];
  if (!file) throw new Error("the kernel is started by Jupyter with --connection-file FILE");
  const connection = JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
  quietNode();
  followParent();
  resolveOwnPackage();
  const cells = new Cells(process.cwd());
  process.on("SIGINT", () => cells.interrupt());
  process.on("uncaughtException", (error) => cells.noteStray(error));
  process.on("unhandledRejection", (reason) => cells.noteStray(reason));
  await new KernelServer(cells, connection).serve();
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
