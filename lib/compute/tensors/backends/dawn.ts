import { existsSync } from "node:fs";
import { firstLine, type Refused } from "./starts.js";

/** What is used here of WebGPU; its own types belong to an optional package. */
export interface Adapter {
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  readonly info: AdapterInfo;
  requestDevice(descriptor: object): Promise<Device>;
}

/** An adapter's account of itself. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** A GPU that was opened. */
export interface Device {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(
    event: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
}

interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}

interface Dawn {
  create(flags: readonly string[]): Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Constants and classes that tfjs's WebGPU backend takes from the global object. */
const neededGlobals = ["GPUBuffer", "GPUBufferUsage", "GPUMapMode", "GPUTexture", "GPUTextureUsage"];

/** One for the process, and never let go: Dawn ends, and the process with it, when this is collected as garbage. */
let gpu: Gpu | undefined;

/** The best adapter of this machine, or why there is none. */
export async function findAdapter(): Promise<Adapter | Refused> {
  if (!hasVulkan()) return { ...noAdapter("libvulkan.so.1 is not installed"), isAbsent: !isGpuVisible() };
  let dawn: Dawn;
  // The package is optional: a name that the compiler does not follow lets the library build without it.
  const name: string = "webgpu";
  try {
    dawn = (await import(name)) as Dawn;
  } catch (cause) {
    return notLoaded(cause);
  }
  try {
    gpu ??= dawn.create([]);
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return noAdapter("Dawn has no adapter");
    defineGlobals(dawn.globals);
    return adapter;
  } catch (cause) {
    return { ...noAdapter(firstLine(cause)), cause };
  }
}

function notLoaded(cause: unknown): Refused {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND") {
    const remedy = "install it with npm ci --include=optional";
    return { reason: "the optional package webgpu is not installed", remedy, isAbsent: true, cause };
  }
  const place = `${process.platform} ${process.arch}`;
  const reason = `the package webgpu does not load on ${place}: ${firstLine(cause)}`;
  return { reason, remedy: "take another backend", isAbsent: false, cause };
}

function noAdapter(detail: string): Refused {
  const remedies: Partial<Record<NodeJS.Platform, string>> = {
    linux:
      "install libvulkan1 and your GPU's Vulkan driver (mesa-vulkan-drivers 25 or later, or NVIDIA's); " +
      "in a container, pass the GPU in",
    win32: "update the GPU's driver (Direct3D 12)",
    darwin: "Metal is needed",
  };
  const remedy = remedies[process.platform] ?? "install your GPU's Vulkan driver";
  return { reason: `no GPU was found: ${detail}`, remedy, isAbsent: false };
}

/** Asked before Dawn is loaded, which would print a trace of its own to stderr. Elsewhere the system has the API. */
function hasVulkan(): boolean {
  if (process.platform !== "linux") return true;
  try {
    process.dlopen({ exports: {} }, "libvulkan.so.1");
  } catch (error) {
    // It loads, but is no module of Node.
    return !/cannot open shared object/.test(firstLine(error));
  }
  return true;
}

/** True where the system shows a GPU, so that somebody may expect it to be used. */
export function isGpuVisible(): boolean {
  const devices = ["/dev/nvidiactl", "/dev/kfd", "/dev/dxg", "/dev/dri/renderD128"];
  return process.platform !== "linux" || devices.some((path) => existsSync(path));
}

/** Hidden from enumeration, and nothing that is there already is replaced. */
function defineGlobals(globals: Dawn["globals"]): void {
  for (const name of neededGlobals) {
    if (name in globalThis) continue;
    const rest = { configurable: true, enumerable: false, writable: true };
    Object.defineProperty(globalThis, name, { value: globals[name], ...rest });
  }
}
