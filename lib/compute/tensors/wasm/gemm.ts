import { UsageError, WeightbookError } from "../../../core/errors.js";
import { laneSimd } from "../../lanes.js";
import { type Blas, blasAllowed, systemBlas } from "./blas.js";
import type { Gemm } from "./gemm-types.js";
import { type WasmHeap, wasmHeap } from "./heap.js";
import { tensorKernels } from "./kernels.js";

export type { Gemm } from "./gemm-types.js";

/** "blas": the system's; "own": this library's kernel. */
export type GemmKind = "blas" | "own";

interface GemmChoice {
  readonly name: string;
  readonly gemm: Gemm;
}

let choices: Partial<Record<GemmKind, GemmChoice | null>> = {};
/** Whose addresses they take: a backend that is registered anew has another memory. */
let owner: WasmHeap | undefined;
let blas: Blas | undefined;
let usual: GemmChoice | undefined;
/** Of the works with a choice of their own that have not ended, the last one's counts. */
const asked: { readonly choice: GemmChoice }[] = [];
let replaced: Gemm | undefined;

/**
 * The matrix product in use: the system's BLAS if there is one and WEIGHTBOOK_BLAS is not "off", else this library's
 * own kernel. The wasm backend must have been started. Ask for it on each use, since `withGemm` may change it.
 * @throws UsageError for a value of WEIGHTBOOK_BLAS that is neither "on" nor "off"
 */
export function wasmGemm(): Gemm {
  return replaced ?? chosen().gemm;
}

/** Puts another product in its place until it is called with nothing; for benchmarks. */
export function replaceGemm(other: Gemm | undefined): void {
  replaced = other;
}

/** What multiplies: the file of the system's BLAS, or "own sgemm (fma)" or "own sgemm (plain)". */
export function gemmName(): string {
  return chosen().name;
}

/**
 * Gives the system's BLAS that many threads; without one, or with one that cannot be told, nothing happens.
 * @param count a positive integer
 * @throws UsageError for another number
 */
export function setBlasThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    const message = `a BLAS was given ${count} threads; give a positive integer`;
    throw new UsageError("tensors/blas-threads", message, { value: count });
  }
  choiceOf("blas");
  blas?.setThreads(count);
}

/**
 * Does work with one kind of matrix product, for tests and benchmarks. Work that awaits leaves the choice to whatever
 * runs meanwhile, too; once all such work has ended, in whatever order, the usual product is back.
 * @throws WeightbookError "tensors/no-blas" where a BLAS is asked for and there is none
 */
export function withGemm<T>(kind: GemmKind, work: () => T): T {
  const choice = choiceOf(kind);
  if (!choice) {
    throw new WeightbookError(
      "tensors/no-blas",
      "no BLAS was found, or WEIGHTBOOK_BLAS is off; install OpenBLAS (Debian: libopenblas0)",
    );
  }
  const own = { choice };
  asked.push(own);
  const restore = () => {
    asked.splice(asked.indexOf(own), 1);
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}

function chosen(): GemmChoice {
  forgetFormerBackend();
  const own = asked.at(-1);
  if (own) return own.choice;
  usual ??= choiceOf("blas") ?? choiceOf("own") ?? undefined;
  return usual as GemmChoice;
}

function forgetFormerBackend(): void {
  const heap = wasmHeap();
  if (owner === heap) return;
  owner = heap;
  choices = {};
  usual = undefined;
}

/** null where the kind does not exist on this machine. */
function choiceOf(kind: GemmKind): GemmChoice | null {
  forgetFormerBackend();
  let choice = choices[kind];
  if (choice === undefined) {
    choice = kind === "own" ? ownSgemm() : systemChoice();
    choices[kind] = choice;
  }
  return choice;
}

function systemChoice(): GemmChoice | null {
  blas = blasAllowed() ? systemBlas(wasmHeap()) : undefined;
  return blas ?? null;
}

/** Scratch is taken once and kept: two threads do not share a heap, and products do not nest. */
function ownSgemm(): GemmChoice {
  const kernels = tensorKernels();
  const alignment = 64;
  const address = wasmHeap().allocate(kernels.sgemmScratch() + alignment);
  const scratch = Math.ceil(address / alignment) * alignment;
  // What is beside an edge in scratch is multiplied too, in vain: zeros are quick, denormal numbers are not.
  kernels.fill(scratch, kernels.sgemmScratch() / 4, 0);
  return {
    name: `own sgemm (${laneSimd()})`,
    gemm: (transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) =>
      kernels.sgemm(+transposeA, +transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch),
  };
}
