import Module from "node:module";
import { join } from "node:path";
import { projectRoot } from "../../core/environment.js";
import { type ts, typescript } from "./tslab.js";

const packageName = "weightbook";

/**
 * Lets a cell of any notebook write `import * as wb from "weightbook"`, wherever the notebook lies and without a copy
 * or a link in node_modules. A package of that name that the notebook's own folder offers goes first.
 */
export function resolveOwnPackage(): void {
  showToTypeScript(typescript.sys);
  loadOnlyNodeTypes(typescript.sys);
  showToRequire();
}

/**
 * tslab's TypeScript searches node_modules upwards (Node10 resolution, which knows no self-reference). Where it finds
 * no such package we answer with this project's files.
 */
function showToTypeScript(system: ts.System): void {
  const { fileExists, directoryExists, readFile, realpath } = system;
  const inPackage = new RegExp(`^(.*[\\\\/]node_modules)[\\\\/]${packageName}(?=[\\\\/]|$)`);
  const own = (path: string): string => {
    const match = inPackage.exec(path);
    if (!match || directoryExists(match[0])) return path;
    return join(projectRoot, path.slice(match[0].length));
  };
  system.fileExists = (path) => fileExists(own(path));
  system.readFile = (path, encoding) => readFile(own(path), encoding);
  system.directoryExists = (path) => directoryExists(own(path));
  system.realpath = (path) => (realpath ? realpath(own(path)) : own(path));
}

/**
 * TypeScript puts every package of node_modules/@types into a program that does not list them. Cells need Node's alone
 * (others are still found when they are imported); the rest made up a third of the kernel's start.
 */
function loadOnlyNodeTypes(system: ts.System): void {
  const { getDirectories } = system;
  system.getDirectories = (path) => {
    const names = getDirectories(path);
    return /[\\/]node_modules[\\/]@types[\\/]?$/.test(path) ? names.filter((name) => name === "node") : names;
  };
}

interface ModuleInternals {
  _resolveFilename(request: string, parent: unknown, isMain: boolean, options?: unknown): string;
}

/** Node resolves the name from inside the project by itself; from elsewhere we answer with the project's entry. */
function showToRequire(): void {
  const internals = Module as unknown as ModuleInternals;
  const resolve = internals._resolveFilename;
  internals._resolveFilename = function (this: unknown, request, parent, isMain, options) {
    try {
      return resolve.call(this, request, parent, isMain, options);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
      if (missing && request === packageName) return join(projectRoot, "dist", "index.js");
      throw error;
    }
  };
}
