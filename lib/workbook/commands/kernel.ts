import { join, resolve } from "node:path";
import { UsageError } from "../../core/errors.js";
import { type Command, type Context, readArguments } from "../command.js";
import { installKernelspec, jupyterDataFolder } from "../kernelspec.js";

const help = `weightbook kernel install [--user | --prefix DIR]

Registers the kernel "TypeScript (weightbook)" with Jupyter, so that JupyterLab, VS Code and nbconvert find it in any
folder. It keeps pointing at this project; run it again after moving the project. Needs no Python.

  --user          into the user's Jupyter data folder (default; JUPYTER_DATA_DIR is honoured)
  --prefix DIR    into DIR/share/jupyter, e.g. a Python environment
`;

const options = { user: { type: "boolean" }, prefix: { type: "string" } } as const;

async function run(args: readonly string[], { print }: Context): Promise<number> {
  const { values, positionals } = readArguments("kernel", args, options, 1);
  if (positionals[0] !== "install") {
    const message = "weightbook kernel knows one word, install; see weightbook kernel --help";
    throw new UsageError("arguments", message, { value: positionals[0] });
  }
  if (values.user && values.prefix !== undefined) {
    throw new UsageError("arguments", "give --user or --prefix DIR to weightbook kernel install, not both");
  }
  const folder =
    values.prefix === undefined ? jupyterDataFolder() : join(resolve(values.prefix), "share", "jupyter");
  print(`Registered the kernel "TypeScript (weightbook)" in ${installKernelspec(folder)}\n`);
  return 0;
}

export const kernelCommand: Command = { help, run };
