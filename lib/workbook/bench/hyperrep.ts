import type { BackendName } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { throwIfAborted } from "../../core/errors.js";
import { blasName } from "./blas-name.js";
import type { hyperrepSizes } from "./hyperrep-model.js";
import type { HyperrepRun } from "./hyperrep-run.js";
import { type BenchLine, machineName } from "./line.js";
import { round, type Times, timesOf } from "./measure.js";
import { runOwnProcess } from "./own-process.js";
import { runPeer } from "./peers.js";

type Size = keyof typeof hyperrepSizes;

/** One way to run the training, and the ways in which torch may divide as many threads. */
interface Setting {
  readonly backend: BackendName;
  /** Left out on a GPU. */
  readonly blas?: boolean;
  readonly threads: number;
  /** Threads of torch, and of its BLAS. */
  readonly splits: readonly (readonly [number, number])[];
}

const settings: readonly Setting[] = [
  { backend: "wasm", blas: true, threads: 1, splits: [[1, 1]] },
  { backend: "wasm", blas: true, threads: 2, splits: [[1, 2], [2, 1], [2, 2]] }, // biome-ignore format: one line
  { backend: "wasm", blas: false, threads: 1, splits: [[1, 1]] },
];

/** Alternating rounds, and the steps that each side does in one (the large training takes a quarter of a minute a step). */
const plan: Readonly<Record<Size, { rounds: number; steps: number }>> = {
  tiny: { rounds: 2, steps: 2 },
  small: { rounds: 4, steps: 4 },
  large: { rounds: 2, steps: 1 },
};

/**
 * Milliseconds of a training step of a hyper-representation, ours and torch's (on the CPU) in turns, each in a process
 * of its own; on wasm with and without BLAS, and on a GPU where there is one.
 */
export async function measureHyperrep(
  size: Size,
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  for (const setting of [...(await ownSettings()), ...(await gpuSettings())]) {
    onLine(await measureSetting(size, setting, withPeer, signal));
  }
}

/** On wasm, with the system's BLAS only where there is one. */
async function ownSettings(): Promise<readonly Setting[]> {
  await selectBackend({ backend: "wasm" });
  const hasBlas = blasName() !== undefined;
  return settings.filter(({ blas }) => hasBlas || !blas);
}

/** The GPU that would be chosen automatically, if there is one. */
async function gpuSettings(): Promise<Setting[]> {
  const { name } = await selectBackend();
  const isGpu = name === "webgpu" || name === "node-gpu";
  return isGpu ? [{ backend: name, threads: 1, splits: [[1, 1]] }] : [];
}

async function measureSetting(
  size: Size,
  setting: Setting,
  withPeer: boolean,
  signal: AbortSignal,
): Promise<BenchLine> {
  const { rounds, steps } = plan[size];
  const { blas, threads, splits } = setting;
  const ours: HyperrepRun[] = [];
  const theirs = splits.map((): number[] => []);
  for (let i = 0; i < rounds; i++) {
    if (withPeer) {
      splits.forEach((split, k) => {
        theirs[k].push(torchStep(size, split, steps));
      });
    }
    throwIfAborted(signal, "the benchmark");
    ours.push(await ownSteps(size, setting, steps, signal));
  }
  const times = timesOf(ours.flatMap((run) => run.steps));
  const rival = withPeer ? best(splits, theirs) : null;
  return {
    bench: "tensors",
    case: `hyperrep-${size}`,
    metric: "training-step",
    unit: "ms",
    ...(blas === undefined ? {} : { blas }),
    threads,
    ours: times,
    peer: rival,
    ratio: rival ? round(times.median / rival.median) : null,
    peakMiB: Math.round(Math.max(...ours.map(({ peakMiB }) => peakMiB))),
    parts: ours[ours.length - 1].parts,
    device: ours[0].device,
    machine: machineName(),
  };
}

/** The split of torch's threads whose median is the least. */
function best(splits: Setting["splits"], times: readonly (readonly number[])[]): Times & { name: string } {
  const named = splits.map(([own, blas], i) => ({ name: `torch-${own}-blas-${blas}`, ...timesOf(times[i]) }));
  return named.reduce((least, other) => (other.median < least.median ? other : least));
}

/** Median of torch's steps, in milliseconds. */
function torchStep(size: Size, [threads, blasThreads]: readonly [number, number], steps: number): number {
  const args = ["--threads", threads, "--blas-threads", blasThreads, "--repeats", steps].map(String);
  const printed = runPeer("torch_hyperrep.py", [size, ...args]).ms_per_step as { readonly median: number };
  return printed.median;
}

async function ownSteps(
  size: Size,
  { backend, blas, threads }: Setting,
  steps: number,
  signal: AbortSignal,
): Promise<HyperrepRun> {
  const args = [size, backend, String(threads), String(steps)];
  const environment = { WEIGHTBOOK_BLAS: blas === false ? "off" : "on" };
  return (await runOwnProcess("hyperrep-run.js", args, environment, signal)) as HyperrepRun;
}
