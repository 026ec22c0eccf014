import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../core/environment.js";
import { type Command, type Context, readArguments } from "../command.js";
import { jupyterPath } from "../kernelspec.js";

const help = `weightbook lab [-- ARGUMENTS]

Starts your JupyterLab (or Jupyter Notebook) on the notebooks, with the kernel registered for this start.
ARGUMENTS go to Jupyter, e.g. weightbook lab -- --no-browser --port 8890.
`;

const advice =
  'No Jupyter was found on this machine: install JupyterLab, e.g. with "pip install jupyterlab", and run weightbook lab again (or run "weightbook kernel install" and open the folder notebooks in VS Code).\n';

/** The first of Jupyter's front ends that answers. */
function findFrontEnd(): string | undefined {
  return ["lab", "notebook"].find(
    (name) => spawnSync("jupyter", [name, "--version"], { stdio: "ignore" }).status === 0,
  );
}

async function run(args: readonly string[], { print }: Context): Promise<number> {
  const { positionals } = readArguments("lab", args, {}, Number.POSITIVE_INFINITY);
  const frontEnd = findFrontEnd();
  if (!frontEnd) {
    print(advice);
    return 1;
  }
  const child = spawn("jupyter", [frontEnd, join(projectRoot, "notebooks"), ...positionals], {
    stdio: "inherit",
    env: { ...process.env, JUPYTER_PATH: jupyterPath() },
  });
  // Ctrl-C reaches Jupyter too; it asks before it stops, so we wait for it.
  return new Promise((resolve) => child.once("exit", (code) => resolve(code === 0 || code === null ? 0 : 1)));
}

export const labCommand: Command = { help, run };
