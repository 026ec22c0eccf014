import { SpecError } from "../core/errors.js";
import { allowRelaxedSimd, type SimdKind, wantedSimd } from "./simd.js";
import { ensureBytes, type KernelMemory, kernelMemory, loadKernel } from "./wasm.js";

/** Exports of assembly/lanes.ts; addresses in bytes. */
export interface LaneKernel {
  initialise(): void;
  isFused(): number;
  train(
    images: number,
    labels: number,
    orders: number,
    length: number,
    codes: number,
    from: number,
    to: number,
    batch: number,
    losses: number,
  ): void;
  evaluate(
    images: number,
    labels: number,
    orders: number,
    length: number,
    count: number,
    predictions: number,
    losses: number,
    outputs: number,
  ): void;
  /** Applies an activation in place to `bytes` bytes of v128; for tests of the approximations. */
  activate(kind: number, values: number, bytes: number, slopes: number): void;
}

/** Fixed addresses of the module, as in assembly/_lanes-records.ts. */
export const laneAddresses = {
  learningRate: 1792,
  momentum: 1808,
  weightDecay: 1824,
  beta1: 1840,
  beta2: 1856,
  oneMinusBeta1: 1872,
  oneMinusBeta2: 1888,
  epsilon: 1904,
  pixelScale: 1920,
  pixelShift: 1936,
  /** Four float64 each. */
  exactRate: 1984,
  exactBeta1: 2016,
  exactBeta2: 2048,
  beta1Power: 2080,
  beta2Power: 2112,
  /** The generators of dropout masks: 4 words x 4 lanes. */
  random: 2144,
  plan: 2304,
} as const;

/** Everything below holds constants and the plan. */
const firstFree = 4096;
/** WebAssembly's memory ends at 4 GiB; kernels may read a little beyond an array. */
const mostBytes = 2 ** 32 - 2 ** 20;
/** Addresses are multiples of this, so that no v128 straddles a cache line. */
const alignment = 64;

/**
 * The lane kernels with their own memory and an allocator that only goes up, until `reset`. Memory never shrinks, so
 * a module is taken with `takeLanes`, given back with `giveBackLanes`, and used again.
 */
export class LaneModule {
  readonly kernel: LaneKernel;
  private readonly memory: KernelMemory = kernelMemory(firstFree);
  private top = firstFree;

  constructor() {
    this.kernel = loadKernel<LaneKernel>(laneSimd() === "fma" ? "lanes.fma" : "lanes", this.memory);
    this.kernel.initialise();
  }

  /** Frees everything that was allocated. */
  reset(): void {
    this.top = firstFree;
  }

  /** What is allocated from now on is freed by `release`. */
  mark(): number {
    return this.top;
  }

  release(mark: number): void {
    this.top = mark;
  }

  /**
   * Address of `bytes` zeroed bytes. Views taken before are dead if the memory had to grow.
   * @throws SpecError when a module's 4 GiB are not enough
   */
  allocate(bytes: number): number {
    const start = this.top;
    const end = Math.ceil((start + bytes) / alignment) * alignment;
    if (end > mostBytes) {
      const need = Math.ceil(end / 2 ** 20);
      const message = `training four such models at once needs ${need} MiB, more than the 4 GiB of a worker; take smaller batches, a smaller network or fewer images`;
      throw new SpecError("engine/memory", message, { value: need });
    }
    this.top = end;
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

let simd: SimdKind | undefined;

/**
 * How this machine's lane kernels round: "fma" where products and sums are fused, "plain" elsewhere and where
 * WEIGHTBOOK_SIMD=plain asks for it. Results are equal to the bit on all machines of one kind.
 * @throws UsageError for another value of WEIGHTBOOK_SIMD
 */
export function laneSimd(): SimdKind {
  simd ??= wantedSimd() === "plain" || !fuses() ? "plain" : "fma";
  return simd;
}

/** Whether the runtime takes relaxed SIMD, and the machine fuses with it. */
function fuses(): boolean {
  allowRelaxedSimd();
  try {
    const memory = kernelMemory(firstFree);
    return loadKernel<LaneKernel>("lanes.fma", memory).isFused() === 1;
  } catch {
    // A runtime without relaxed SIMD cannot compile the module.
    return false;
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
