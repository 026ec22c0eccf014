import { readFileSync } from "node:fs";

/** Bytes of a page of WebAssembly memory. */
const pageBytes = 65536;

/** The part of the WebAssembly interface used here; Node's type declarations leave it out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new (size: { initial: number }) => KernelMemory;
}

const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
const modules = new Map<string, object>();

/** Linear memory shared by a kernel and the caller. It never shrinks; views die when it grows. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB and returns the old number of pages. */
  grow(pages: number): number;
}

/**
 * Memory for a kernel.
 * @param bytes least size; rounded up to whole pages
 */
export function kernelMemory(bytes: number): KernelMemory {
  return new webAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / pageBytes)) });
}

/** Grows a memory to at least `bytes`; views of it must be taken afresh afterwards. */
export function ensureBytes(memory: KernelMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

/**
 * Instantiates `assembly/<name>.wasm` on the given memory. The compiled module is kept, so later instances are cheap.
 * @param name file name of the kernel without its ending
 * @returns the kernel's exported functions
 */
export function loadKernel<Exports extends object>(name: string, memory: KernelMemory): Exports {
  let module = modules.get(name);
  if (!module) {
    module = new webAssembly.Module(readFileSync(new URL(`./assembly/${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  return new webAssembly.Instance(module, { env: { memory } }).exports as Exports;
}
