import childProcess, { type ChildProcess, type SpawnOptions } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

// Kept from cells that replace the global function.
const { setTimeout } = globalThis;

/** What Node itself calls to start a process, whichever function the reader calls. */
interface Spawning {
  spawn(options: SpawnOptions): number;
}

/** How long (ms) the output of a process that has ended is waited for. */
const restLimitMs = 300;

/**
 * Lets the output of processes that a cell starts arrive in that cell, also when another one runs by then: instead of
 * inheriting the kernel's streams they get pipes, which are read in the cell's context.
 * @param barrier separates what a process that is waited for writes from what the cell prints before and after it
 * @returns waits until processes that have ended are read to their end
 */
export function captureChildren(barrier: () => void): () => Promise<void> {
  const unread = new Set<ChildProcess>();
  const prototype = childProcess.ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (this: ChildProcess, options) {
    const stdio = listOf(options.stdio);
    const inherited = ([1, 2] as const).filter((place) => inherits(stdio[place], place));
    if (inherited.length === 0) return spawn.call(this as unknown as Spawning, options);
    for (const place of inherited) stdio[place] = "pipe";
    const result = spawn.call(this as unknown as Spawning, {
      ...options,
      stdio: stdio as SpawnOptions["stdio"],
    });
    if (result !== 0) return result;
    unread.add(this);
    this.once("close", () => unread.delete(this));
    for (const place of inherited) forward(this, place);
    return result;
  };
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) withBarriers(name, barrier);
  syncBuiltinESMExports();
  return async () => {
    const ended = [...unread].filter((child) => child.exitCode !== null || child.signalCode !== null);
    if (ended.length === 0) return;
    const closed = Promise.all(ended.map((child) => new Promise((resolve) => child.once("close", resolve))));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, restLimitMs))]);
  };
}

function listOf(stdio: SpawnOptions["stdio"]): unknown[] {
  return Array.isArray(stdio) ? [...stdio] : [stdio, stdio, stdio];
}

function inherits(entry: unknown, place: 1 | 2): boolean {
  const stream = place === 1 ? process.stdout : process.stderr;
  return entry === "inherit" || entry === place || entry === stream;
}

/** Copies what a child writes to the cell's stream; to the reader the child has no such stream, as asked for. */
function forward(child: ChildProcess, place: 1 | 2): void {
  const to = place === 1 ? process.stdout : process.stderr;
  const from = place === 1 ? child.stdout : child.stderr;
  // Text, since the bytes of a character may be cut, and others write to the same stream meanwhile.
  from?.setEncoding("utf8").on("data", (chunk: string) => to.write(chunk));
  child[place === 1 ? "stdout" : "stderr"] = null;
}

/** Puts barriers around a function that waits for a process, whose output then comes past JavaScript. */
function withBarriers(name: "spawnSync" | "execSync" | "execFileSync", barrier: () => void): void {
  const original = childProcess[name] as (...args: unknown[]) => unknown;
  const wrapped = (...args: unknown[]): unknown => {
    barrier();
    try {
      return original(...args);
    } finally {
      barrier();
    }
  };
  Object.assign(childProcess, { [name]: Object.assign(wrapped, original) });
}
