import { WeightbookError } from "../../../core/errors.js";
import type { KernelMemory } from "../../wasm.js";
import type { TensorInfo } from "../kernels/types.js";
import { sizeOf } from "../sizes.js";
import { tensorflow } from "../tf.js";

/** What is used here of tfjs's wasm backend. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: KernelMemory };
    /** Not read-only: see guardMemory. */
    _malloc: (bytes: number) => number;
    _free(address: number): void;
    /** The C++ side's book of tensors, by numbers of its own. */
    readonly tfjs: {
      disposeData(id: number): void;
      registerTensor(id: number, size: number, address: number): void;
    };
  };
  /** Asking for data that lies on another backend moves it here. */
  readonly dataIdMap: { get(dataId: object): { readonly id: number; readonly memoryOffset: number } };
  refCount(dataId: object): number;
  makeOutput: (shape: readonly number[], dtype: string, ...rest: unknown[]) => TensorInfo;
  disposeData: (dataId: object, force?: boolean) => boolean;
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
  /** Data that the kernel that runs has made and not given back; once for each reference to it. */
  private made: object[] | undefined;

  constructor(readonly backend: WasmBackend) {
    guardMemory(backend);
    this.followData();
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

  /**
   * Runs a kernel, tfjs's or ours: when it throws, data and aliases that it made are given back. tfjs would not find
   * them, since they are no tensors yet.
   */
  guard<T>(kernel: () => T): T {
    const outer = this.made;
    this.made = [];
    try {
      return kernel();
    } catch (error) {
      for (const dataId of [...this.made]) this.backend.disposeData(dataId);
      throw error;
    } finally {
      this.made = outer;
    }
  }

  /** Hands the result of a kernel that the running one called, which has a guard of its own, to the running one's. */
  adopt(info: TensorInfo): TensorInfo {
    this.made?.push(info.dataId);
    return info;
  }

  /** The same data under another name or shape, without a copy: it is freed when both are disposed of. */
  alias({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.backend.incRef(dataId);
    return this.adopt({ dataId, shape: [...shape], dtype });
  }

  /** Whether other tensors have the same data, so that it must not be written in place. */
  isShared({ dataId }: TensorInfo): boolean {
    // The count of data on another backend is known here once it has moved.
    this.backend.dataIdMap.get(dataId);
    return this.backend.refCount(dataId) > 1;
  }

  /**
   * To be called after values were written into a tensor that others know. XNNPACK's kernels (depthwise convolutions,
   * PReLU) keep packed copies of weights by their number in the C++ side's book until that entry is struck out. Striking
   * it out frees no memory: that is done on the JavaScript side, to which the tensor stays what it was.
   */
  changed({ dataId, shape }: TensorInfo): void {
    const { id, memoryOffset } = this.backend.dataIdMap.get(dataId);
    this.backend.wasm.tfjs.disposeData(id);
    this.backend.wasm.tfjs.registerTensor(id, sizeOf(shape), memoryOffset);
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

  /** Has the backend tell what kernels make and give back, see `guard`. */
  private followData(): void {
    const { backend } = this;
    const makeOutput = backend.makeOutput.bind(backend);
    const disposeData = backend.disposeData.bind(backend);
    backend.makeOutput = (...given) => this.adopt(makeOutput(...given));
    backend.disposeData = (dataId, force) => {
      const place = this.made?.lastIndexOf(dataId) ?? -1;
      if (place >= 0) this.made?.splice(place, 1);
      return disposeData(dataId, force);
    };
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
  return new WeightbookError(
    "tensors/memory",
    `an allocation of ${sizeName(bytes)} does not fit into what is left of the wasm backend's 4 GiB; take smaller batches`,
    { value: bytes },
  );
}

/** A number of bytes in the largest unit of which there is one, rounded up. */
function sizeName(bytes: number): string {
  if (bytes < 2 ** 10) return `${bytes} bytes`;
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

let heap: WasmHeap | undefined;

/**
 * The heap of tfjs's wasm backend, which must have been started; from the first call on its memory is guarded. Another
 * one after the backend was removed and registered again: ask for it on each use.
 * @throws WeightbookError "tensors/no-backend" when the backend does not run
 */
export function wasmHeap(): WasmHeap {
  const backend = tensorflow().engine().findBackend("wasm") as unknown as WasmBackend | null | undefined;
  if (heap && heap.backend === backend) return heap;
  if (!backend?.wasm) {
    const message = "tfjs's wasm backend does not run; start it with selectBackend";
    throw new WeightbookError("tensors/no-backend", message);
  }
  heap = new WasmHeap(backend);
  return heap;
}
