import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { throwIfAborted, WeightbookError } from "../../core/errors.js";

/**
 * Runs a built module beside this one in a process of its own and returns the JSON that it prints.
 * @param script file name of the module, e.g. "hyperrep-run.js"
 * @throws InterruptedError when the signal is aborted, which ends the process; WeightbookError when it fails
 */
export async function runOwnProcess(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  throwIfAborted(signal, "the benchmark");
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    env: { ...process.env, ...environment },
    signal,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => (signal.aborted ? resolve(null) : reject(error)));
    child.once("close", resolve);
  });
  throwIfAborted(signal, "the benchmark");
  if (code !== 0) {
    throw new WeightbookError("bench/own", `${script} ${args.join(" ")} ended with code ${code}`);
  }
  return JSON.parse(printed);
}
