import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");

/**
 * The system's Python stands beside one that a version manager puts first on the path; the last is the environment that
 * environment/setup-tests.sh makes for what Debian does not have.
 */
const candidates = ["python3", "/usr/bin/python3", join(cache, "weightbook-python/bin/python")];

/** The first Python that can import all these modules; undefined where there is none. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return candidates.find(
    (python) => spawnSync(python, ["-c", `import ${["sys", ...modules].join(", ")}`]).status === 0,
  );
}

/**
 * Runs a script whose last line of output is JSON.
 * @throws Error with what it wrote to standard error when it fails
 */
export function runPython(python: string, script: string, ...args: readonly string[]): unknown {
  // Past the interpreter's own end: pyarrow's threads can abort there on a busy machine, with all said and done.
  const whole = `${script}\nimport os as _os, sys as _sys\n_sys.stdout.flush()\n_os._exit(0)\n`;
  const { status, stdout, stderr } = spawnSync(python, ["-c", whole, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "null");
}
