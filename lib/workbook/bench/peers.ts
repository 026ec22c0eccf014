import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../core/environment.js";
import { UsageError, WeightbookError } from "../../core/errors.js";

const folder = join(projectRoot, "test", "bench", "peers");

/** Python that the rivals run in: WEIGHTBOOK_PYTHON, else the system's. */
function python(): string {
  const system = "/usr/bin/python3";
  return process.env.WEIGHTBOOK_PYTHON || (existsSync(system) ? system : "python3");
}

/**
 * Runs a rival once and returns the JSON that it prints.
 * @param script file under test/bench/peers
 * @throws UsageError outside a clone; WeightbookError when the script fails, with what to install
 */
export function runPeer(script: string, args: readonly string[]): Record<string, unknown> {
  const path = join(folder, script);
  if (!existsSync(path)) {
    throw new UsageError("bench/peers", `the rivals are part of the source only: run this in a clone of it`);
  }
  const result = spawnSync(python(), [path, ...args], { encoding: "utf8" });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split("\n").at(-1);
    throw new WeightbookError(
      "bench/peer",
      `${script} failed (${reason}); it needs Debian's python3-torch (for analysis python3-scipy and python3-sklearn), or WEIGHTBOOK_PYTHON naming a Python that has it`,
    );
  }
  return JSON.parse(result.stdout) as Record<string, unknown>;
}
