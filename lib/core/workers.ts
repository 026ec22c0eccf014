import { parentPort, Worker, workerData } from "node:worker_threads";
import { workerCount } from "./environment.js";
import {
  BackendError,
  DataError,
  InterruptedError,
  SpecError,
  StoreError,
  UsageError,
  WeightbookError,
} from "./errors.js";
import { interruptible } from "./interrupt.js";
import type { StopOptions } from "./progress.js";

/** How a pool of workers is set up. */
export interface WorkerPoolOptions extends StopOptions {
  /** What the workers do, for error messages, e.g. "training mlp-trajectory". */
  readonly label: string;
  /** Number of threads; `workerCount()` when left out. */
  readonly workers?: number;
  /** Given to every worker once, at its start; put large arrays on SharedArrayBuffers so that they are not copied. */
  readonly workerData?: unknown;
}

/** Options of one task of a pool. */
export interface TaskOptions<Message> {
  /** Buffers that move to the worker instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Called with what the worker reports while it works. */
  readonly onMessage?: (message: Message) => void;
}

interface Task<Job, Result, Message> extends TaskOptions<Message> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/** What a worker sends: a report, its result, or the parts of an error (classes do not survive the way). */
type Reply<Result, Message> =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "error"; readonly error: SentError };

interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly value: unknown;
  /** What a BackendError is made of. */
  readonly backend?: Pick<BackendError, "reason" | "remedy">;
}

/**
 * A pool of worker threads that run one script; the script calls `serveTasks`. Threads start when they are first
 * needed, work on one task at a time, and do not keep the process alive while idle. An abort, and an interrupt of the
 * kernel, terminates every thread at once and rejects what is pending with InterruptedError.
 */
export class WorkerPool<Job, Result, Message = unknown> {
  private readonly limit: number;
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Task<Job, Result, Message>>();
  private readonly queue: Task<Job, Result, Message>[] = [];
  private readonly exits = new Set<Promise<unknown>>();
  private readonly onAbort = () => this.stop(new InterruptedError(this.options.label));
  private readonly signal: AbortSignal | undefined;
  private stopped: unknown;

  /** @param script file URL of the worker's built module */
  constructor(
    private readonly script: URL,
    private readonly options: WorkerPoolOptions,
  ) {
    this.limit = options.workers ?? workerCount();
    if (!Number.isInteger(this.limit) || this.limit < 1) {
      throw new SpecError("workers/count", `workers is ${this.limit}; give a positive whole number`, {
        value: this.limit,
      });
    }
    this.signal = interruptible(options).signal;
    if (this.signal?.aborted) this.onAbort();
    else this.signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  /**
   * Runs one task as soon as a thread is free.
   * @throws InterruptedError when the pool was stopped; the worker's own error; WeightbookError "worker/crashed" when
   *   the thread died
   */
  run(job: Job, options: TaskOptions<Message> = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.queue.push({ ...options, job, resolve, reject });
      this.dispatch();
    });
  }

  /** Terminates the threads and waits until they are gone. What is pending is rejected with InterruptedError. */
  async close(): Promise<void> {
    this.stop(new InterruptedError(this.options.label));
    await Promise.all(this.exits);
  }

  private dispatch(): void {
    if (this.stopped !== undefined) {
      for (const task of this.queue.splice(0)) task.reject(this.stopped);
      return;
    }
    while (this.queue.length > 0) {
      const worker = this.idle.pop() ?? (this.busy.size < this.limit ? this.start() : undefined);
      if (!worker) return;
      const task = this.queue.shift()!;
      this.busy.set(worker, task);
      worker.ref();
      try {
        worker.postMessage(task.job, [...(task.transfer ?? [])]);
      } catch (cause) {
        this.release(worker);
        task.reject(cause);
      }
    }
  }

  private start(): Worker {
    // The parent's own flags are not passed on: some (--input-type, --eval) stop a worker from starting.
    const worker = new Worker(this.script, { workerData: this.options.workerData, execArgv: [] });
    worker.on("message", (reply: Reply<Result, Message>) => this.receive(worker, reply));
    worker.on("messageerror", (cause) => this.lose(worker, cause));
    worker.on("error", (cause) => this.lose(worker, cause));
    worker.on("exit", (code) => this.lose(worker, new Error(`the thread exited with code ${code}`)));
    return worker;
  }

  private receive(worker: Worker, reply: Reply<Result, Message>): void {
    const task = this.busy.get(worker);
    if (!task) return;
    if (reply.kind === "message") {
      task.onMessage?.(reply.message);
      return;
    }
    this.release(worker);
    if (reply.kind === "result") task.resolve(reply.result);
    else task.reject(revive(reply.error, this.options.label));
    this.dispatch();
  }

  private release(worker: Worker): void {
    this.busy.delete(worker);
    this.idle.push(worker);
    worker.unref();
  }

  /** Forgets a thread that died; its task fails, and the next task starts a new thread. */
  private lose(worker: Worker, cause: unknown): void {
    const task = this.busy.get(worker);
    this.busy.delete(worker);
    const place = this.idle.indexOf(worker);
    if (place >= 0) this.idle.splice(place, 1);
    this.terminate(worker);
    task?.reject(
      new WeightbookError("worker/crashed", `${this.options.label}: a worker thread died: ${text(cause)}`, {
        cause,
      }),
    );
    this.dispatch();
  }

  private stop(reason: unknown): void {
    this.signal?.removeEventListener("abort", this.onAbort);
    if (this.stopped !== undefined) return;
    this.stopped = reason;
    const tasks = [...this.busy.values()];
    const workers = [...this.busy.keys(), ...this.idle];
    this.busy.clear();
    this.idle.length = 0;
    for (const worker of workers) this.terminate(worker);
    for (const task of tasks) task.reject(reason);
    this.dispatch();
  }

  private terminate(worker: Worker): void {
    worker.removeAllListeners();
    // A thread that is being terminated may still report an error; nobody is left to hear it.
    worker.on("error", () => {});
    const exit: Promise<unknown> = worker.terminate().finally(() => this.exits.delete(exit));
    this.exits.add(exit);
  }
}

/** Options of `runInWorkers`. */
export interface RunInWorkersOptions<Result, Message> extends WorkerPoolOptions {
  /** Called with each result as it comes, in no particular order; what it throws stops the run. */
  readonly onResult: (result: Result, index: number) => void | Promise<void>;
  readonly onMessage?: (message: Message, index: number) => void;
}

/**
 * Runs jobs on worker threads and hands over each result as it comes. Jobs are taken from the iterable only when a
 * thread is free for them. On the first error, and on abort, every thread is terminated.
 * @param script file URL of the worker's built module, which calls `serveTasks`
 * @throws InterruptedError on abort; the first error of a worker or of `onResult`
 */
export async function runInWorkers<Job, Result, Message = unknown>(
  script: URL,
  jobs: Iterable<Job>,
  options: RunInWorkersOptions<Result, Message>,
): Promise<void> {
  const limit = options.workers ?? workerCount();
  const pool = new WorkerPool<Job, Result, Message>(script, { ...options, workers: limit });
  const iterator = jobs[Symbol.iterator]();
  let index = 0;
  let failed = false;
  const work = async () => {
    while (!failed) {
      const next = iterator.next();
      if (next.done) return;
      const mine = index++;
      const result = await pool.run(next.value, {
        onMessage: (message) => options.onMessage?.(message, mine),
      });
      await options.onResult(result, mine);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: limit }, () =>
        work().catch((cause) => {
          failed = true;
          throw cause;
        }),
      ),
    );
  } finally {
    await pool.close();
  }
}

/** What a task may use while it runs in a worker. */
export interface TaskContext<Data, Message> {
  /** The pool's `workerData`. */
  readonly workerData: Data;
  /** Sends a message to the task's `onMessage`. */
  readonly report: (message: Message) => void;
}

/**
 * The worker's side: answers each job with what `handler` returns. Call it once, at the top of the worker's module.
 * @param handler returns the result, and the buffers in it that should move instead of being copied
 */
export function serveTasks<Job, Result, Message = unknown, Data = unknown>(
  handler: (
    job: Job,
    context: TaskContext<Data, Message>,
  ) => Promise<{ result: Result; transfer?: readonly ArrayBuffer[] }>,
): void {
  const port = parentPort;
  if (!port) throw new UsageError("worker/main-thread", "serveTasks runs in a worker thread only");
  const send = (reply: Reply<Result, Message>, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(reply, [...transfer]);
  const report = (message: Message) => send({ kind: "message", message });
  port.on("message", async (job: Job) => {
    try {
      const { result, transfer } = await handler(job, { workerData: workerData as Data, report });
      send({ kind: "result", result }, transfer);
    } catch (cause) {
      send({ kind: "error", error: pack(cause) });
    }
  });
}

function pack(cause: unknown): SentError {
  if (!(cause instanceof Error)) {
    return { name: "Error", message: String(cause), stack: undefined, code: undefined, value: undefined };
  }
  const { code, value } = cause as Partial<WeightbookError>;
  const plain = typeof value === "number" || typeof value === "string" ? value : undefined;
  return {
    name: cause.name,
    message: cause.message,
    stack: cause.stack,
    code: typeof code === "string" ? code : undefined,
    value: plain,
    ...(cause instanceof BackendError && { backend: { reason: cause.reason, remedy: cause.remedy } }),
  };
}

const knownErrors = { DataError, SpecError, StoreError, UsageError, WeightbookError };

/** The library's own errors come back as themselves; others keep their text and stack as the cause. */
function revive(sent: SentError, label: string): Error {
  const cause = new Error(sent.message);
  cause.name = sent.name;
  cause.stack = sent.stack;
  if (sent.backend)
    return new BackendError(String(sent.value), sent.backend.reason, sent.backend.remedy, cause);
  const known = knownErrors[sent.name as keyof typeof knownErrors];
  if (known && sent.code) return new known(sent.code, sent.message, { value: sent.value, cause });
  return new WeightbookError("worker/failed", `${label} failed in a worker: ${sent.message}`, { cause });
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
