import { cpus } from "node:os";
import type { TensorFlow } from "../tf.js";

/** A backend that runs and is the active one of tfjs. */
export interface Started {
  /** Its name in tfjs. */
  readonly engineName: string;
  /** What it computes on, e.g. a GPU's name. */
  readonly device: string;
  /** What a user should know, a sentence each. */
  readonly notes: readonly string[];
  /** Whether it is a GPU that is imitated on the CPU. */
  readonly isSoftware?: boolean;
}

/** A backend that does not run. */
export interface Refused {
  /** Why, in a few words. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /** True where nothing is amiss: an optional package that nobody installed. */
  readonly isAbsent: boolean;
  readonly cause?: unknown;
}

/** Starts a backend and makes it the active one. `allowSoftware` admits GPUs that are imitated on the CPU. */
export type Start = (tf: TensorFlow, allowSoftware: boolean) => Promise<Started | Refused>;

/** The processor's name. */
export function cpuName(): string {
  return cpus()[0]?.model.trim() || process.arch;
}

/** The first line of whatever was thrown, without the full stop. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n")[0].replace(/\.$/, "");
}
