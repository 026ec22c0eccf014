import { availableParallelism, cpus } from "node:os";
import type { Times } from "./measure.js";

/** One result, printed as one line of JSON. */
export interface BenchLine {
  readonly bench: string;
  readonly case: string;
  readonly metric: string;
  /** Of ours and the peer's figures. */
  readonly unit: string;
  readonly threads: number;
  readonly ours: Times;
  readonly peer: ({ readonly name: string } & Times) | null;
  /** Ours over the peer's, by medians of alternating runs; null without a peer. Below 1 is faster. */
  readonly ratio: number | null;
  /** Whether the system's BLAS multiplied. */
  readonly blas?: boolean;
  /** Peak of the process' memory; in the cases of the analysis, above what it held with its data read. */
  readonly peakMiB?: number;
  /** The same of the peer, where it is measured. */
  readonly peerPeakMiB?: number;
  /** Why a peer that was asked for is null: what is to be installed. */
  readonly missing?: string;
  /** Where ours went, in the line's unit, by kernel; measured in a run of its own. */
  readonly parts?: Readonly<Record<string, number>>;
  /** What the tensors were on. */
  readonly device?: string;
  readonly gflopsPerCore?: number;
  /** GFLOP/s over that of the project's own sgemm kernel, measured in the same run. */
  readonly share?: number;
  readonly machine: string;
}

/** What the figures were measured on. */
export function machineName(): string {
  const [first] = cpus();
  return `${first?.model.trim() ?? process.arch} x ${availableParallelism()}, Node ${process.versions.node}`;
}
