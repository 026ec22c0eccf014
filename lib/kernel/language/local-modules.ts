import Module from "node:module";

interface ModuleInternals {
  readonly _cache: Record<string, unknown>;
  readonly _extensions: Record<string, Loader>;
  _resolveFilename(request: string, parent: unknown, isMain: boolean, options?: unknown): string;
}

type CompilingModule = NodeModule & { _compile(code: string, path: string): void };
type Loader = (module: CompilingModule, path: string) => void;

const internals = Module as unknown as ModuleInternals;
const compiled = new Map<string, string>();
let installed = false;

/**
 * Gives Node the JavaScript of local TypeScript modules, by the path of their source. tslab's own loader knows neither
 * modules that import each other nor names with an extension; Node's does, and evaluates each module once.
 */
export function provideModule(path: string, code: string): void {
  if (!installed) install();
  compiled.set(path, code);
  forgetModule(path);
}

/** Has a module evaluated again when it is next imported. */
export function forgetModule(path: string): void {
  delete internals._cache[path];
}

function install(): void {
  installed = true;
  const resolve = internals._resolveFilename;
  internals._resolveFilename = function (this: unknown, request, ...rest) {
    return compiled.has(request) ? request : resolve.call(this, request, ...rest);
  };
  const plain = internals._extensions[".js"];
  for (const extension of [".js", ".jsx", ".ts", ".tsx"]) {
    const load = internals._extensions[extension] ?? plain;
    internals._extensions[extension] = (module, path) => {
      const code = compiled.get(path);
      if (code === undefined) load(module, path);
      else module._compile(code, path);
    };
  }
}
