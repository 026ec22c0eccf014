/**
 * What the two processes of a kernel tell each other. The one that Jupyter starts (the front) keeps the sockets, so
 * that it answers whatever a cell is doing; the other runs the cells and may be interrupted, run out of memory or die.
 */

import type { MimeBundle } from "../core/mime.js";

export type StreamName = "stdout" | "stderr";

export interface DisplayOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Names the output, so that a later call with `update` replaces it. */
  readonly displayId?: string;
  readonly update?: boolean;
}

/** Why a cell failed, as Jupyter's `error` message carries it. */
export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** What the front wants to have run. */
export interface CellRequest {
  /** Number of the request, from 1: outputs name it, whenever they come. */
  readonly cell: number;
  /** The number in the notebook's brackets, which stack traces name. */
  readonly count: number;
  readonly code: string;
  /** Expressions to evaluate after the cell, by name. */
  readonly expressions: Readonly<Record<string, string>>;
}

/** A value that was asked for by an expression, or why there is none. */
export type ExpressionResult =
  | { readonly status: "ok"; readonly data: MimeBundle; readonly metadata: Readonly<Record<string, unknown>> }
  | ({ readonly status: "error" } & Failure);

/** What became of a cell. */
export type Outcome =
  | {
      readonly status: "ok";
      /** Value of the last expression, when it is to be shown. */
      readonly result?: MimeBundle;
      readonly expressions: Readonly<Record<string, ExpressionResult>>;
    }
  | { readonly status: "error"; readonly failure: Failure };

/** One step of a comm, the channel between a widget and a cell. */
export interface CommMessage {
  readonly action: "open" | "message" | "close";
  readonly id: string;
  readonly target: string;
  readonly data: unknown;
}

/** From the front, by Node's own channel between parent and child. */
export type ToCells =
  | { readonly type: "start"; readonly token: string }
  | ({ readonly type: "execute" } & CellRequest)
  | { readonly type: "comm"; readonly message: CommMessage }
  | {
      readonly type: "ask";
      readonly question: number;
      readonly about: string;
      readonly content: Readonly<Record<string, unknown>>;
    };

/** To the front: a line of JSON each, written synchronously to file descriptor 3. */
export type FromCells =
  | { readonly type: "ready" }
  | { readonly type: "text"; readonly cell: number; readonly name: StreamName; readonly text: string }
  | {
      readonly type: "display";
      readonly cell: number;
      readonly data: MimeBundle;
      readonly options: DisplayOptions;
    }
  | { readonly type: "comm"; readonly cell: number; readonly message: CommMessage }
  | { readonly type: "comm-target"; readonly target: string }
  | { readonly type: "clear"; readonly cell: number; readonly wait: boolean }
  | { readonly type: "done"; readonly cell: number; readonly outcome: Outcome }
  | {
      readonly type: "answer";
      readonly question: number;
      readonly content: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "barrier";
      readonly number: number;
      /** Descriptors that could not be written to. */
      readonly closed: readonly number[];
      /** The cell to which output belongs that is written past us after the barrier. */
      readonly cell: number;
    };

/** File descriptors of the process that runs the cells. */
export const descriptors = { stdout: 1, stderr: 2, messages: 3, interrupts: 4 } as const;

/** What marks barrier `number` in text that is written past us to stdout and stderr. */
export function barrierMark(token: string, number: number): string {
  return `\0${token}:${number};`;
}
