import { ensureBytes, type KernelMemory, kernelMemory, loadKernel } from "./wasm.js";

/** Exports of assembly/lanes.ts; addresses in bytes. */
export interface LaneKernel {
  initialise(): void;
  train(
    images: number,
    labels: number,
    orders: number,
    length: number,
    from: number,
    to: number,
    batch: number,
    losses: number,
  ): void;
  evaluate(
    images: number,
    labels: number,
    count: number,
    predictions: number,
    squares: number,
    outputs: number,
  ): void;
  /** Applies an activation in place to `bytes` bytes of v128; for tests of the approximations. */
  activate(kind: number, values: number, bytes: number): void;
}

/** Fixed addresses of the module, as in assembly/_lanes-records.ts. */
export const laneAddresses = {
  learningRate: 1536,
  momentum: 1552,
  weightDecay: 1568,
  pixelScale: 1584,
  pixelShift: 1600,
  plan: 2048,
} as const;

/** Everything below holds constants and the plan. */
const firstFree = 4096;
/** Addresses are multiples of this, so that no v128 straddles a cache line. */
const alignment = 64;

/**
 * The lane kernels with their own memory and an allocator that only goes up, until `reset`. Memory never shrinks, so
 * a module is taken with `takeLanes`, given back with `giveBack`, and used again.
 */
export class LaneModule {
  readonly kernel: LaneKernel;
  private readonly memory: KernelMemory = kernelMemory(firstFree);
  private top = firstFree;

  constructor() {
    this.kernel = loadKernel<LaneKernel>("lanes", this.memory);
    this.kernel.initialise();
  }

  /** Frees everything that was allocated. */
  reset(): void {
    this.top = firstFree;
  }

  /** Address of `bytes` zeroed bytes. Views taken before are dead if the memory had to grow. */
  allocate(bytes: number): number {
    const start = this.top;
    this.top = Math.ceil((start + bytes) / alignment) * alignment;
    // Some room behind, since kernels may read (never write) a little beyond an array.
    ensureBytes(this.memory, this.top + 1024);
    new Uint8Array(this.memory.buffer, start, bytes).fill(0);
    return start;
  }

  /** A view of `length` bytes, numbers or integers; valid until the next `allocate`. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }
  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }
  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }
}

const idle: LaneModule[] = [];

/** A module with nothing allocated. */
export function takeLanes(): LaneModule {
  const module = idle.pop() ?? new LaneModule();
  module.reset();
  return module;
}

/** Hands a module back; it must not be used afterwards. */
export function giveBackLanes(module: LaneModule): void {
  idle.push(module);
}
