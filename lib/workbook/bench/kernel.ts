import { throwIfAborted } from "../../core/errors.js";
import { measureEmptyCells } from "./kernel-cells.js";
import { measureStarts } from "./kernel-starts.js";
import type { BenchLine } from "./line.js";

/** Measures one case; the lines of a case differ in their metric. */
type Measure = (withPeer: boolean, signal: AbortSignal) => Promise<BenchLine[]>;

const cases: Readonly<Record<string, Measure>> = {
  start: measureStarts,
  "empty-cell": measureEmptyCells,
};

/** Names of all kernel cases. */
export const kernelCaseNames: readonly string[] = Object.keys(cases);

/** Runs the kernel cases that are asked for, line by line; the rival is the stock kernel of tslab. */
export async function benchKernel(
  names: readonly string[],
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  for (const name of names) {
    throwIfAborted(signal, "the benchmark");
    for (const line of await cases[name](withPeer, signal)) onLine(line);
  }
}
