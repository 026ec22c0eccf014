import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { projectRoot } from "../core/environment.js";
import { writeFileAtomic } from "../core/files.js";

/** Folder inside the project that Jupyter finds kernels in when it stands in JUPYTER_PATH. */
export const projectJupyterPath: string = join(projectRoot, "environment", "jupyter");

/** What every notebook of the series names as its kernel. */
export const kernelspec = {
  display_name: "TypeScript (weightbook)",
  language: "typescript",
  name: "weightbook",
};

/** What front ends show beside the kernel's name. */
const logo = "logo-svg.svg";

/** Megabytes of JavaScript objects that a notebook may hold; weights and images lie outside of this limit. */
const heapMegabytes = 4096;

/** Where Jupyter keeps a user's own data on this system. */
export function jupyterDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") {
    return join(process.env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
  }
  return join(process.env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

/** The kernelspec with this machine's paths, for a folder outside the project. */
export function absoluteKernelspec(): Record<string, unknown> {
  const launcher = join(projectRoot, "dist", "kernel", "launch.js");
  return {
    argv: [
      process.execPath,
      `--max-old-space-size=${heapMegabytes}`,
      launcher,
      "--connection-file",
      "{connection_file}",
    ],
    display_name: kernelspec.display_name,
    language: kernelspec.language,
    interrupt_mode: "message",
  };
}

/**
 * Registers the kernel for every Jupyter of a user, or of a Python environment.
 * @param dataFolder Jupyter's data folder, e.g. `jupyterDataFolder()` or `PREFIX/share/jupyter`
 * @returns path of the kernelspec that was written
 */
export function installKernelspec(dataFolder: string): string {
  const path = join(dataFolder, "kernels", kernelspec.name, "kernel.json");
  writeFileAtomic(path, `${JSON.stringify(absoluteKernelspec(), null, 2)}\n`);
  const own = join(projectJupyterPath, "kernels", kernelspec.name);
  writeFileAtomic(join(dirname(path), logo), readFileSync(join(own, logo)));
  return path;
}

/** The user's kernelspec where there is one; `current` when it starts this very project. */
export function installedKernelspec(): { path: string; current: boolean } | undefined {
  const path = join(jupyterDataFolder(), "kernels", kernelspec.name, "kernel.json");
  if (!existsSync(path)) return undefined;
  const current = readFileSync(path, "utf8").includes(
    JSON.stringify(join(projectRoot, "dist", "kernel", "launch.js")),
  );
  return { path, current };
}

/** JUPYTER_PATH with the project's folder in front. */
export function jupyterPath(): string {
  const earlier = process.env.JUPYTER_PATH;
  return earlier ? `${projectJupyterPath}${delimiter}${earlier}` : projectJupyterPath;
}
