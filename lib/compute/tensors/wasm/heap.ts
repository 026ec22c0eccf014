import { WeightbookError } from "../../../core/errors.js";
import type { KernelMemory } from "../../wasm.js";
import type { TensorInfo } from "../kernels/types.js";
import { tensorflow } from "../tf.js";

/** What is used here of tfjs's wasm backend. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: KernelMemory };
    /** Not read-only: see guardMemory. */
    _malloc: (bytes: number) => number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  refCount(dataId: object): number;
  makeOutput(shape: readonly number[], dtype: string): TensorInfo;
  disposeData(dataId: object, force?: boolean): boolean;
  incRef(dataId: object): void;
}

/** Sizes are 32-bit integers in WebAssembly: a larger one would be taken for a small one. */
const mostBytes = 4 * 2 ** 30 - 2 ** 26;
/** From this size of the memory on, every allocation leaves a reserve: tfjs's kernels take small pieces unasked. */
const nearlyFull = 3.5 * 2 ** 30;
const reserve = 2 ** 25;

/**
 * The memory of tfjs's wasm backend with the tensors in it. Kernels of our own read and write tensors in place: an
 * address stays true while its tensor lives, but a view dies whenever anything is allocated (memory may have grown).
 */
export class WasmHeap {
  private view: Float32Array = new Float32Array(0);

  constructor(private readonly backend: WasmBackend) {
    guardMemory(backend);
  }

  get memory(): KernelMemory {
    return this.backend.wasm.asm.memory;
  }

  /** Address (bytes) of a tensor's first value. */
  addressOf({ dataId }: TensorInfo): number {
    return this.backend.dataIdMap.get(dataId).memoryOffset;
  }

  /** All of the memory as float32: value i of a tensor is at addressOf / 4 + i. Take it after all allocations. */
  floats(): Float32Array {
    const { buffer } = this.memory;
    if (this.view.buffer !== buffer) this.view = new Float32Array(buffer);
    return this.view;
  }

  /**
   * Room for a tensor; its values are whatever was there.
   * @throws WeightbookError "tensors/memory" when the backend's 4 GiB are not enough
   */
  output(shape: readonly number[], dtype: "float32" | "int32" = "float32"): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** The same data under another name or shape, without a copy: it is freed when both are disposed of. */
  alias({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /** Whether other tensors have the same data, so that it must not be written in place. */
  isShared({ dataId }: TensorInfo): boolean {
    return this.backend.refCount(dataId) > 1;
  }

  /** Gives back an output that was a kernel's own affair. */
  release({ dataId }: TensorInfo): void {
    this.backend.disposeData(dataId);
  }

  /**
   * Room outside any tensor, e.g. for packed operands; to be freed by its taker.
   * @throws WeightbookError "tensors/memory"
   */
  allocate(bytes: number): number {
    // Unsigned: malloc gives addresses above 2 GiB as negative numbers.
    return this.backend.wasm._malloc(bytes) >>> 0;
  }

  free(address: number): void {
    this.backend.wasm._free(address);
  }
}

/**
 * Makes every allocation fail that cannot be had: malloc gives 0 then, to which tfjs's own kernels would write, over
 * whatever lies there.
 */
function guardMemory({ wasm }: WasmBackend): void {
  // What is there at first puts the real one in its place when it is called.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc;
  const fits = (bytes: number) => {
    if (bytes > mostBytes) return false;
    if (wasm.asm.memory.buffer.byteLength < nearlyFull) return true;
    const probe = allocate(bytes + reserve);
    wasm._free(probe);
    return probe !== 0;
  };
  wasm._malloc = (bytes) => {
    const address = fits(bytes) ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0) throw outOfMemory(bytes);
    return address;
  };
}

function outOfMemory(bytes: number): WeightbookError {
  const size = Math.ceil(bytes / 2 ** 20);
  return new WeightbookError(
    "tensors/memory",
    `a tensor of ${size} MiB does not fit into what is left of the wasm backend's 4 GiB; take smaller batches`,
    { value: bytes },
  );
}

let heap: WasmHeap | undefined;

/** The heap of tfjs's wasm backend, which must have been started; from the first call on its memory is guarded. */
export function wasmHeap(): WasmHeap {
  heap ??= new WasmHeap(tensorflow().engine().findBackend("wasm") as unknown as WasmBackend);
  return heap;
}
