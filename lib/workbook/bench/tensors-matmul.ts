import { createRequire } from "node:module";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { type GemmKind, setBlasThreads, withGemm } from "../../compute/tensors/wasm/gemm.js";
import { throwIfAborted } from "../../core/errors.js";
import { blasName } from "./blas-name.js";
import { type BenchLine, machineName } from "./line.js";
import { round, secondsOf, timesOf } from "./measure.js";
import { runPeer } from "./peers.js";
import { sgemmRate } from "./sgemm.js";

const size = 1024;
const rounds = 9;
const operations = 2 * size ** 3;

/**
 * 1024 x 1024 x 1024 products on the wasm backend through tf.matMul, one thread, in milliseconds: with the system's
 * BLAS, beside the same library called on ordinary memory (alternating with it; `ratio` is ours over raw, so that 1.11
 * is 90 percent of the raw rate) and, if peers are asked for, beside torch; and with this library's own kernel, whose
 * `share` is its rate over that of the project's sgemm kernel. Without a BLAS, the lines of the own kernel only.
 */
export async function measureMatmul(
  withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  const { tf } = await selectBackend({ backend: "wasm" });
  setBlasThreads(1);
  const [a, b] = [tf.randomUniform([size, size]), tf.randomUniform([size, size])];
  const once = (kind: GemmKind) =>
    withGemm(kind, () => 1000 * secondsOf(() => tf.matMul(a as never, b as never).dispose()));
  const torch = withPeer ? [{ name: "torch", once: torchProduct }] : [];
  const library = blasName();
  const sides: readonly (readonly [boolean, readonly (Rival | undefined)[]])[] = [
    ...(library ? ([[true, [{ name: `raw ${library}`, once: rawSgemm(library) }, ...torch]]] as const) : []),
    [false, [undefined, ...torch]],
  ];
  for (const [blas, rivals] of sides) {
    for (const rival of rivals) {
      throwIfAborted(signal, "the benchmark");
      onLine(lineOf(blas, () => once(blas ? "blas" : "own"), rival));
    }
  }
  a.dispose();
  b.dispose();
}

interface Rival {
  readonly name: string;
  readonly once: () => number;
}

function lineOf(blas: boolean, once: () => number, rival?: Rival): BenchLine {
  const [ours, theirs, yardstick]: [number[], number[], number[]] = [[], [], []];
  once();
  rival?.once();
  sgemmRate();
  for (let i = 0; i < rounds; i++) {
    ours.push(once());
    if (rival) theirs.push(rival.once());
    else yardstick.push(sgemmRate());
  }
  const times = timesOf(ours);
  const rate = operations / times.median / 1e6;
  const peer = rival ? { name: rival.name, ...timesOf(theirs) } : null;
  return {
    bench: "tensors",
    case: `matmul-${size}`,
    metric: "product",
    unit: "ms",
    blas,
    threads: 1,
    ours: times,
    peer,
    ratio: peer ? round(times.median / peer.median) : null,
    gflopsPerCore: round(rate),
    ...(rival ? {} : { share: round(rate / timesOf(yardstick).median) }),
    machine: machineName(),
  };
}

/** Median of torch's products, in milliseconds. */
function torchProduct(): number {
  return (runPeer("torch_matmul.py", [String(size)]).ms as { readonly median: number }).median;
}

/** One product by the library on memory of its own, in milliseconds. */
function rawSgemm(library: string): () => number {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const sgemm = koffi
    .load(library)
    .func(
      "void cblas_sgemm(int, int, int, int, int, int, float, float *, int, float *, int, float, float *, int)",
    );
  const [a, b, c] = [0.3, 0.7, 0].map((value) => new Float32Array(size * size).fill(value));
  return () =>
    1000 * secondsOf(() => sgemm(101, 111, 111, size, size, size, 1, a, size, b, size, 0, c, size));
}
