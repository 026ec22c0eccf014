import { throwIfAborted } from "../../core/errors.js";
import { measureHyperrep } from "./hyperrep.js";
import type { BenchLine } from "./line.js";
import { measureMatmul } from "./tensors-matmul.js";

/** Measures one case; its lines differ in BLAS and threads. */
type Measure = (withPeer: boolean, signal: AbortSignal, onLine: (line: BenchLine) => void) => Promise<void>;

const cases: Readonly<Record<string, Measure>> = {
  "matmul-1024": measureMatmul,
  "hyperrep-small": (...rest) => measureHyperrep("small", ...rest),
  "hyperrep-large": (...rest) => measureHyperrep("large", ...rest),
};

/** Names of all tensor cases. */
export const tensorCaseNames: readonly string[] = Object.keys(cases);

/** Runs the tensor cases that are asked for, line by line; the rival is torch. */
export async function benchTensors(
  names: readonly string[],
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  for (const name of names) {
    throwIfAborted(signal, "the benchmark");
    await cases[name](withPeer, signal, onLine);
  }
}
