import type { LaneModule } from "../../compute/lanes.js";
import type { Flow, Stage } from "./buffers.js";
import type { Packing } from "./packing.js";

/** Bytes of a v128: the same number of four models. */
export const vectorBytes = 16;

/** A flow with its place in memory. */
export interface Placed {
  readonly flow: Flow;
  /** Address of the first stored value (padding included) and of the first real one. */
  readonly stored: number;
  readonly first: number;
  readonly rowBytes: number;
  readonly gradient: number;
  readonly gradientRowBytes: number;
  /** Bytes from pixel to pixel. */
  readonly pixelBytes: number;
}

/**
 * The buffers of one group of samples. With batch norm every group of a batch has such buffers, at equal distances; so
 * they are laid out twice, first to learn their size.
 */
export class Arena {
  private used = 0;

  /** @param start address; 0 while only the size is wanted */
  constructor(private readonly start: number) {}

  /** Address of `bytes` bytes. */
  allocate(bytes: number): number {
    const address = this.start + this.used;
    this.used = Math.ceil((this.used + bytes) / 64) * 64;
    return address;
  }

  get size(): number {
    return this.used;
  }
}

/** What the writers of records know of the network being laid out. */
export interface Context {
  readonly module: LaneModule;
  readonly arena: Arena;
  readonly stages: readonly Stage[];
  readonly placed: readonly Placed[];
  readonly packing: Packing;
  readonly weights: number;
  readonly samples: number;
  /** Index, into the network's layers, of the first that has weights to train. */
  readonly trainable: number;
  /** Address of four zero elements. */
  readonly zeros: number;
  /** Transposed weights of all layers: places of their sources, in order. */
  readonly sources: number[];
  readonly transposed: number;
}

/** Places a flow's values and gradients. */
export function place(arena: Arena, flow: Flow, samples: number): Placed {
  const pixelBytes = flow.channels * samples * vectorBytes;
  const rowBytes = flow.storedWidth * pixelBytes;
  const gradientRowBytes = flow.width * pixelBytes;
  const stored = arena.allocate(flow.storedHeight * rowBytes);
  const first = stored + flow.padding * (rowBytes + pixelBytes);
  const gradient = arena.allocate(flow.height * gradientRowBytes);
  return { flow, stored, first, rowBytes, gradient, gradientRowBytes, pixelBytes };
}

/** Writes 32-bit fields for the kernels to read; returns their address. */
export function writeRecord(module: LaneModule, fields: readonly number[]): number {
  const address = module.allocate(4 * fields.length);
  module.words(address, fields.length).set(fields);
  return address;
}
