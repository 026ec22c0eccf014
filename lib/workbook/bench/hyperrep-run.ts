// A process of its own: trains the benchmark's hyper-representation and prints what it took, as one line of JSON.
// Arguments: size, backend, BLAS threads, steps. WEIGHTBOOK_BLAS is obeyed.
import type { BackendName } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { gemmName, setBlasThreads } from "../../compute/tensors/wasm/gemm.js";
import { watchKernels } from "../../compute/tensors/wasm/watch.js";
import { HyperrepTraining, hyperrepSizes } from "./hyperrep-model.js";

/** What the process prints. */
export interface HyperrepRun {
  readonly device: string;
  /** What multiplied, where the kernels were ours. */
  readonly gemm: string | null;
  /** Milliseconds of each step but the first. */
  readonly steps: readonly number[];
  /** Least physical memory (MiB) that the process would have done with: its peak. */
  readonly peakMiB: number;
  /** Losses, to be compared with the other backends'. */
  readonly losses: readonly number[];
  /** Milliseconds of one more step by kernel, the watching itself included; empty where kernels are not ours. */
  readonly parts: Readonly<Record<string, number>>;
}

async function main([size, backend, threads, count]: readonly string[]): Promise<void> {
  const { name, device } = await selectBackend({ backend: backend as BackendName });
  const isOurs = name === "wasm";
  if (isOurs) setBlasThreads(Number(threads));
  const training = new HyperrepTraining(hyperrepSizes[size as keyof typeof hyperrepSizes]);
  const steps: number[] = [];
  const losses: number[] = [];
  for (let i = 0; i <= Number(count); i++) {
    const started = performance.now();
    const loss = training.step();
    // Reading the loss waits for a GPU to be done.
    losses.push((await loss.data())[0]);
    if (i > 0) steps.push(performance.now() - started);
    loss.dispose();
  }
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const watch = isOurs ? watchKernels() : undefined;
  training.step().dispose();
  const gemm = isOurs ? gemmName() : null;
  const run: HyperrepRun = { device, gemm, steps, peakMiB, losses, parts: watch?.stop() ?? {} };
  training.dispose();
  process.stdout.write(`${JSON.stringify(run)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
