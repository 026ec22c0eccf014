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

export interface Context {
  readonly module: LaneModule;
  readonly stages: readonly Stage[];
  readonly placed: readonly Placed[];
  readonly packing: Packing;
  readonly weights: number;
  readonly samples: number;
  /** Address of four zero elements. */
  readonly zeros: number;
  /** Transposed weights of all layers: places of their sources, in order. */
  readonly sources: number[];
  readonly transposed: number;
}

/** Allocates a flow's values and gradients. */
export function place(module: LaneModule, flow: Flow, samples: number): Placed {
  const pixelBytes = flow.channels * samples * vectorBytes;
  const rowBytes = flow.storedWidth * pixelBytes;
  const gradientRowBytes = flow.width * pixelBytes;
  const stored = module.allocate(flow.storedHeight * rowBytes);
  const first = stored + flow.padding * (rowBytes + pixelBytes);
  const gradient = module.allocate(flow.height * gradientRowBytes);
  return { flow, stored, first, rowBytes, gradient, gradientRowBytes, pixelBytes };
}

/** Writes 32-bit fields for the kernels to read; returns their address. */
export function writeRecord(module: LaneModule, fields: readonly number[]): number {
  const address = module.allocate(4 * fields.length);
  module.words(address, fields.length).set(fields);
  return address;
}
