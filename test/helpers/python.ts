import { spawnSync } from "node:child_process";

/** The system's Python stands beside one that a version manager puts first on the path. */
const candidates = ["python3", "/usr/bin/python3"];

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
  const { status, stdout, stderr } = spawnSync(python, ["-c", script, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "null");
}
