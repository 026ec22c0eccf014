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

/** Debian's packages that hold what the scripts import. */
const packages: Readonly<Record<string, string>> = {
  torch: "python3-torch",
  numpy: "python3-numpy",
  scipy: "python3-scipy",
  sklearn: "python3-sklearn",
  umap: "umap-learn",
};

/** A rival that is not installed. */
export class PeerMissingError extends WeightbookError {}

/**
 * Runs a rival once and returns the JSON that it prints.
 * @param script file under test/bench/peers
 * @throws UsageError outside a clone; PeerMissingError when Python or a package is missing, with what to install;
 *   WeightbookError when the script fails
 */
export function runPeer(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const path = join(folder, script);
  if (!existsSync(path)) {
    throw new UsageError("bench/peers", `the rivals are part of the source only: run this in a clone of it`);
  }
  const result = spawnSync(python(), [path, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 26,
  });
  if (result.status === 0) return JSON.parse(result.stdout) as Record<string, unknown>;
  if (result.error) {
    const message = `${script} needs Python (${result.error.message}); install python3, or set WEIGHTBOOK_PYTHON`;
    throw new PeerMissingError("bench/peer-missing", message, { cause: result.error });
  }
  const reason = result.stderr.trim().split("\n").at(-1) ?? "";
  const missing = /No module named '(\w+)/.exec(reason)?.[1];
  if (missing) {
    const name = packages[missing] ?? missing;
    const message = `${script} needs ${name} (Debian: apt-get install ${name}), or WEIGHTBOOK_PYTHON naming a Python that has it`;
    throw new PeerMissingError("bench/peer-missing", message, { value: name });
  }
  throw new WeightbookError("bench/peer", `${script} failed (${reason})`);
}
