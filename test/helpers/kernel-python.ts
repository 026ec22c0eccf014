import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectJupyterPath } from "#lib/workbook/kernelspec.js";

/** Debian's Python, which has Jupyter's packages; one that a version manager puts first on the path has not. */
export const debianPython = "/usr/bin/python3";

/** True where all these modules of Debian's Python are there. */
export function hasModules(...modules: readonly string[]): boolean {
  return spawnSync(debianPython, ["-c", `import ${modules.join(", ")}`]).status === 0;
}

/** What a file of Python checks found. */
export interface Checks {
  readonly ran: number;
  /** Names of the checks that failed, and of those that were skipped. */
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  readonly stderr: string;
}

/** Runs a file of unittest checks beside the kernel's tests, with the kernel found through JUPYTER_PATH alone. */
export async function runChecks(script: string): Promise<Checks> {
  const path = fileURLToPath(new URL(`../kernel/${script}`, import.meta.url));
  const env = { ...process.env, JUPYTER_PATH: projectJupyterPath, PYTHONDONTWRITEBYTECODE: "1" };
  // An empty folder: the compiler looks into the one where a kernel runs.
  const cwd = mkdtempSync(join(tmpdir(), "weightbook-checks-"));
  const child = spawn(debianPython, [path], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  rmSync(cwd, { recursive: true });
  const names = (pattern: RegExp) => [...new Set([...stderr.matchAll(pattern)].map(([, name]) => name))];
  return {
    ran: Number(/^Ran (\d+) tests?/m.exec(stderr)?.[1] ?? 0),
    failed: names(/^(?:FAIL|ERROR): (\w+)/gm),
    skipped: names(/^(\w+) .*\.\.\. skipped/gm),
    stderr,
  };
}
