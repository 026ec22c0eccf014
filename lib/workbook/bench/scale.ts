import { throwIfAborted } from "../../core/errors.js";
import { type BenchLine, machineName } from "./line.js";
import { timesOf } from "./measure.js";
import { millionPlan } from "./scale-million.js";
import { simulatedRun } from "./scale-run.js";

const rounds = 5;
const sizes = [10_000, 250_000];

/** Names of the cases of zoos past one machine. */
export const scaleCaseNames: readonly string[] = [
  ...sizes.flatMap((shards) => [`status-${shards}`, `manifest-${shards}`]),
  "plan-1000000",
];

/**
 * What the library itself needs where a zoo has very many shards, all in seconds: the status from a simulated folder and
 * queue, the manifest written and read, and the plan of a million models.
 */
export async function benchScale(
  names: readonly string[],
  _withPeers: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  const line = (name: string, metric: string, seconds: readonly number[], parts?: BenchLine["parts"]) =>
    onLine({
      bench: "scale",
      case: name,
      metric,
      unit: "s",
      threads: 1,
      ours: timesOf(seconds),
      peer: null,
      ratio: null,
      ...(parts ? { parts } : {}),
      machine: machineName(),
    });
  for (const shards of sizes) {
    const wanted = (["status", "manifest"] as const).filter((what) => names.includes(`${what}-${shards}`));
    if (wanted.length === 0) continue;
    const run = simulatedRun(shards);
    try {
      for (const what of wanted) {
        const seconds: number[] = [];
        for (let i = 0; i < (shards > 100_000 ? 1 : rounds); i++) {
          throwIfAborted(signal, "the benchmark");
          const started = performance.now();
          await run[what]();
          seconds.push((performance.now() - started) / 1000);
        }
        line(`${what}-${shards}`, run.metrics[what], seconds);
      }
    } finally {
      run.remove();
    }
  }
  if (!names.includes("plan-1000000")) return;
  for (const { metric, seconds, parts } of millionPlan(signal)) line("plan-1000000", metric, seconds, parts);
}
