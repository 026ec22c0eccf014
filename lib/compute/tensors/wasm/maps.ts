import type { TensorInfo } from "../kernels/types.js";
import { tensorflow } from "../tf.js";
import { wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";

/** What a kernel is given: tensors by name, and numbers. */
interface Call {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Readonly<Record<string, number>>;
}

type Kernel = (call: Call) => TensorInfo | TensorInfo[];

const address = (info: TensorInfo) => wasmHeap().addressOf(info);

/** Kernels by their names among tfjs'; see lib/compute/tensors/maps for what they do. */
const kernels: Readonly<Record<string, Kernel>> = {
  WeightbookGatherRuns({ inputs: { x, runs }, attrs: { entries } }) {
    const [rows, pixels, channels] = x.shape;
    const y = wasmHeap().output([rows, entries, channels]);
    const count = runs.shape[0];
    tensorKernels().gatherRuns(address(x), address(runs), address(y), rows, pixels, entries, channels, count);
    return y;
  },
  WeightbookCollectEntries({ inputs: { x, table }, attrs: { pixels, width } }) {
    const [rows, entries, channels] = x.shape;
    const y = wasmHeap().output([rows, pixels, channels]);
    tensorKernels().collectEntries(
      address(x),
      address(table),
      address(y),
      rows,
      entries,
      pixels,
      width,
      channels,
    );
    return y;
  },
  WeightbookMaxWindows({ inputs: { x, table }, attrs: { taps } }) {
    const [rows, pixels, channels] = x.shape;
    const positions = table.shape[0] / taps;
    const y = wasmHeap().output([rows, positions, channels]);
    const winners = wasmHeap().output([rows, positions, channels]);
    const [from, places, to, numbers] = [x, table, y, winners].map(address);
    tensorKernels().maxWindows(from, places, to, numbers, rows, pixels, positions, taps, channels);
    return [y, winners];
  },
  WeightbookMaxWindowsBack({ inputs: { dy, winners, table }, attrs: { pixels, width, taps } }) {
    const [rows, positions, channels] = dy.shape;
    const dx = wasmHeap().output([rows, pixels, channels]);
    const [from, numbers, places, to] = [dy, winners, table, dx].map(address);
    tensorKernels().maxWindowsBack(from, numbers, places, to, rows, positions, pixels, width, taps, channels);
    return dx;
  },
  WeightbookCutColumns({ inputs: { x }, attrs: { offset, size } }) {
    const [rows, cols] = x.shape;
    const y = wasmHeap().output([rows, size]);
    tensorKernels().copyColumns(address(x) + 4 * offset, 4 * cols, address(y), 4 * size, 4 * size, rows);
    return y;
  },
};

let registered = false;

/** Registers these kernels with tfjs' wasm backend, once; it must have been started. */
export function registerMapKernels(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tensorflow().registerKernel({ kernelName, backendName: "wasm", kernelFunc: kernel as never });
  }
}
