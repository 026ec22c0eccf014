import { type ExecFileException, execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type BackendName, backendNames, requestedBackend } from "../../compute/tensors/backends/names.js";
import { throwIfAborted, UsageError } from "../../core/errors.js";
import type { Finding } from "./finding.js";

/** What a backend's own process says: it runs, perhaps with rates, or why not. */
export type BackendReport =
  | {
      readonly device: string;
      readonly notes: readonly string[];
      readonly matmulGflops?: number;
      readonly stepsPerSecond?: number;
    }
  | { readonly reason: string; readonly remedy?: string };

const program = fileURLToPath(new URL("./backend-child.js", import.meta.url));
/** A driver that hangs is given up after this long. */
const patienceMs = 15_000;

/** How the doctor looks at backends. */
export interface BackendCheckOptions {
  /** Whether rates are measured, about a second a backend. */
  readonly rates: boolean;
  readonly signal: AbortSignal;
  /** Called before each backend. */
  readonly onStart?: (name: BackendName) => void;
}

/**
 * Tries every tensor backend in a process of its own, one after the other so that none slows another down. Missing is
 * `wasm`, on which all relies, and a backend that `WEIGHTBOOK_BACKEND` names; any other one is a note.
 */
export async function checkBackends({ rates, signal, onStart }: BackendCheckOptions): Promise<Finding[]> {
  const wish = wishedBackend();
  const findings: Finding[] = [];
  for (const name of backendNames) {
    throwIfAborted(signal, "weightbook doctor");
    onStart?.(name);
    findings.push(finding(name, await askChild(name, rates, signal), name === wish.name));
  }
  throwIfAborted(signal, "weightbook doctor");
  return wish.complaint ? [...findings, wish.complaint] : findings;
}

/** The backend that `WEIGHTBOOK_BACKEND` names, or what is wrong with it. */
function wishedBackend(): { name?: BackendName; complaint?: Finding } {
  try {
    return { name: requestedBackend() };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { complaint: { name: "backend", state: "missing", detail: error.message } };
  }
}

function finding(name: BackendName, report: BackendReport, isWished: boolean): Finding {
  const label = `backend ${name}`;
  const asked = isWished ? "WEIGHTBOOK_BACKEND asks for it: " : "";
  if ("reason" in report) {
    const state = name === "wasm" || isWished ? "missing" : "note";
    const why = [report.reason, report.remedy].filter(Boolean).join("; ");
    return { name: label, state, detail: `${asked}${why}`, backend: report };
  }
  const { device, notes, matmulGflops, stepsPerSecond } = report;
  const details = [`${asked}${device}`];
  if (matmulGflops !== undefined) details.push(`${rounded(matmulGflops)} GFLOP/s (512^3 matmul)`);
  if (stepsPerSecond !== undefined) details.push(`${rounded(stepsPerSecond)} training steps/s (small MLP)`);
  return { name: label, state: "ok", detail: [...details, ...notes].join("; "), backend: report };
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

function askChild(name: BackendName, rates: boolean, signal: AbortSignal): Promise<BackendReport> {
  const args = [program, name, ...(rates ? ["--rates"] : [])];
  const options = { timeout: patienceMs, killSignal: "SIGKILL", signal, encoding: "utf8" } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve((!error && reportIn(stdout)) || failure(error, stderr));
    });
  });
}

/** The last line that a child printed, where it is an answer; drivers and libraries print lines too. */
function reportIn(stdout: string): BackendReport | undefined {
  const last = stdout.trim().split("\n").at(-1);
  try {
    return JSON.parse(last ?? "") as BackendReport;
  } catch {
    return undefined;
  }
}

/** What a child's end without an answer means. */
function failure(error: ExecFileException | null, stderr: string): BackendReport {
  const remedy = "update its driver, or do without it";
  if (!error) return { reason: "its process ended without an answer", remedy };
  if (error.killed) return { reason: `it gave no answer within ${patienceMs / 1000} s`, remedy };
  const last = stderr.trim().split("\n").at(-1);
  const how = error.signal ? `by ${error.signal}` : `with ${error.code}`;
  return { reason: `its process ended ${how}${last ? ` (${last})` : ""}`, remedy };
}
