import { SpecError } from "../core/errors.js";
import type { SimdKind } from "./simd.js";
import { ensureBytes, type KernelMemory, kernelMemory, loadKernel } from "./wasm.js";

/** Real numbers of either precision; the precision of the operands is the precision of the product. */
export type Reals = Float32Array | Float64Array;

/** Exports of assembly/gemm.ts; addresses in bytes, everything else in entries. */
interface GemmKernel {
  rowsOfPanel(): number;
  multiply32: MultiplyPanels;
  multiply64: MultiplyPanels;
  pack32: PackPanels;
  pack64: PackPanels;
}
type MultiplyPanels = (
  a: number,
  b: number,
  c: number,
  rowPanels: number,
  columnPanels: number,
  allColumnPanels: number,
  inner: number,
  depth: number,
) => void;
type PackPanels = (
  source: number,
  target: number,
  from: number,
  to: number,
  lines: number,
  allLines: number,
  stepsFrom: number,
  stepsTo: number,
  inner: number,
  depth: number,
  lineStride: number,
  stepStride: number,
  width: number,
) => void;

/** Inner dimension of one packed block: an entry of the product is a sum of sums of at most this many terms. */
export const gemmDepth = 256;
/** Rows of the left operand taken at once; with `gemmDepth` it fits the second-level cache. */
const rowsAtOnce = 128;
/** Bytes staged at once while an operand is packed. */
const stagingBytes = 8 << 20;
/** WebAssembly addresses end at 4 GiB; some room is left for staging. */
const largestBytes = 3.5 * 2 ** 30;

/** Rows of a transposed operand that do not lie side by side: `copy` puts rows from..to into `target`, row-major. */
export interface ScatteredRows<T extends Reals> {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  copy(from: number, to: number, target: T): void;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/**
 * The right operand B (inner x columns) of matrix products, packed once into its own memory and then multiplied with as
 * many left operands as wanted, a block of rows at a time (so that a long product can report and be stopped between
 * blocks). One thread, plain SIMD: equal operands give equal bits on every machine, and an entry of the product does
 * not depend on which other rows or columns are computed with it.
 */
export class RightOperand<T extends Reals> {
  private readonly memory: KernelMemory = kernelMemory(0);
  private readonly kernel: GemmKernel;
  private readonly rowsOfPanel: number;
  private readonly size: 4 | 8;
  private readonly width: number;
  private readonly paddedColumns: number;

  /**
   * @param b row-major entries: inner x columns, or columns x inner when `transposed` (then it may be scattered)
   * @param simd "plain" gives equal bits on every machine; "fma" needs one that has it (see laneSimd)
   * @throws SpecError when the entries do not fit the shape, or need more than 3.5 GiB
   */
  constructor(
    b: T | ScatteredRows<T>,
    readonly inner: number,
    readonly columns: number,
    transposed = false,
    simd: SimdKind = "plain",
  ) {
    this.kernel = loadKernel<GemmKernel>(simd === "fma" ? "gemm.fma" : "gemm", this.memory);
    this.rowsOfPanel = this.kernel.rowsOfPanel();
    if (b.length !== inner * columns) {
      throw new SpecError(
        "gemm/shape",
        `a right operand of ${inner} x ${columns} needs ${inner * columns} values but got ${b.length}`,
        { value: b.length },
      );
    }
    this.size = b.BYTES_PER_ELEMENT as 4 | 8;
    this.width = 32 / this.size;
    this.paddedColumns = roundUp(columns, this.width);
    const bytes = this.packedBytes;
    if (bytes > largestBytes) {
      throw new SpecError(
        "gemm/too-large",
        `a right operand of ${inner} x ${columns} needs ${Math.round(bytes / 2 ** 20)} MiB, more than 3.5 GiB; split its columns`,
        { value: bytes },
      );
    }
    ensureBytes(this.memory, bytes);
    if (transposed) this.packTransposed(b);
    else this.packPlain(b as T);
  }

  private get packedBytes(): number {
    return this.inner * this.paddedColumns * this.size;
  }

  private get pack(): PackPanels {
    return this.size === 4 ? this.kernel.pack32 : this.kernel.pack64;
  }

  private view(address: number, length: number): T {
    const buffer = this.memory.buffer;
    const array =
      this.size === 4 ? new Float32Array(buffer, address, length) : new Float64Array(buffer, address, length);
    return array as T;
  }

  /** Packs b[inner, columns], some rows of b at a time. */
  private packPlain(b: T): void {
    const { inner, columns, size, width } = this;
    const blocks = Math.max(1, Math.floor(stagingBytes / (gemmDepth * columns * size)));
    const steps = blocks * gemmDepth;
    const staging = roundUp(this.packedBytes, 16);
    ensureBytes(this.memory, staging + Math.min(steps, inner) * columns * size);
    for (let from = 0; from < inner; from += steps) {
      const to = Math.min(inner, from + steps);
      this.view(staging, (to - from) * columns).set(b.subarray(from * columns, to * columns));
      const all = this.paddedColumns;
      this.pack(staging, 0, 0, all, columns, all, from, to, inner, gemmDepth, 1, columns, width);
    }
  }

  /** Packs b[columns, inner], some rows of b at a time. */
  private packTransposed(b: T | ScatteredRows<T>): void {
    const { inner, columns, size, width } = this;
    const lines = Math.max(width, Math.floor(stagingBytes / (inner * size * width)) * width);
    const staging = roundUp(this.packedBytes, 16);
    ensureBytes(this.memory, staging + lines * inner * size);
    for (let from = 0; from < columns; from += lines) {
      const to = Math.min(columns, from + lines);
      const staged = this.view(staging, (to - from) * inner);
      if ("copy" in b) b.copy(from, to, staged);
      else staged.set(b.subarray(from * inner, to * inner));
      const end = roundUp(to, width);
      const all = this.paddedColumns;
      this.pack(staging, 0, from, end, columns, all, 0, inner, inner, gemmDepth, inner, 1, width);
    }
  }

  /**
   * C = A B for `rows` rows of A, row-major into `out` [rows, columns].
   * @param a row-major entries of A: rows x inner, or inner x rows when `transposed`
   * @param options `columns` computes only that many leading columns of the product (then `out` is [rows, columns])
   * @throws SpecError when `a` or `out` do not have the size that the shapes ask for
   */
  multiply(a: T, rows: number, out: T, options: { transposed?: boolean; columns?: number } = {}): T {
    const columns = options.columns ?? this.columns;
    if (a.length !== rows * this.inner || out.length !== rows * columns || columns > this.columns) {
      throw new SpecError(
        "gemm/shape",
        `cannot multiply ${a.length} values as ${rows} x ${this.inner} with ${this.inner} x ${columns} into ${out.length} values`,
        { value: [a.length, out.length] },
      );
    }
    for (let from = 0; from < rows; from += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, rows - from);
      this.multiplyBlock(a, rows, from, count, out, columns, options.transposed ?? false);
    }
    return out;
  }

  private multiplyBlock(
    a: T,
    rows: number,
    from: number,
    count: number,
    out: T,
    columns: number,
    transposed: boolean,
  ): void {
    const { inner, size, width, rowsOfPanel } = this;
    const padded = roundUp(count, rowsOfPanel);
    const panels = Math.ceil(columns / width);
    const stride = panels * width;
    const packed = roundUp(this.packedBytes, 16);
    const product = packed + roundUp(padded * inner * size, 16);
    // The raw rows are staged where the product will be written: they are packed before it is computed.
    ensureBytes(this.memory, product + Math.max(padded * stride, count * inner) * size);
    const staged = this.view(product, count * inner);
    if (transposed) {
      for (let k = 0; k < inner; k++) {
        staged.set(a.subarray(k * rows + from, k * rows + from + count), k * count);
      }
    } else staged.set(a.subarray(from * inner, (from + count) * inner));
    const [line, step] = transposed ? [1, count] : [inner, 1];
    this.pack(product, packed, 0, padded, count, padded, 0, inner, inner, gemmDepth, line, step, rowsOfPanel);
    const multiply = size === 4 ? this.kernel.multiply32 : this.kernel.multiply64;
    const allPanels = this.paddedColumns / width;
    if (inner === 0) this.view(product, padded * stride).fill(0);
    multiply(packed, 0, product, padded / rowsOfPanel, panels, allPanels, inner, gemmDepth);
    for (let i = 0; i < count; i++) {
      out.set(this.view(product + i * stride * size, columns), (from + i) * columns);
    }
  }
}
