import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DataError, InterruptedError, throwIfAborted } from "../core/errors.js";
import { writeFileAtomic } from "../core/files.js";
import { sha256 } from "../core/hash.js";
import { interruptible } from "../core/interrupt.js";
import { type LongRunOptions, ProgressMeter } from "../core/progress.js";

/** How patient a download is, in milliseconds. */
export interface NetworkOptions {
  /** Longest wait for a mirror's answer; default 5000. */
  readonly connectMs?: number;
  /** Longest silence while data flow; default 15000. */
  readonly idleMs?: number;
  /** After this long without an answer the next mirror is asked too; default 1000. */
  readonly nextMirrorMs?: number;
}

/** A file as it must arrive. */
export interface ExpectedFile {
  readonly name: string;
  readonly byteLength: number;
  readonly sha256: string;
}

export interface DownloadOptions extends LongRunOptions {
  readonly network?: NetworkOptions;
}

/** Why one mirror gave no file: it could not be reached or broke off, or it sent something else. */
interface MirrorFailure {
  readonly url: string;
  readonly kind: "unreachable" | "altered";
  readonly reason: string;
}

/** One request under way; `stop` ends it, and gives the reason that its caller then meets. */
interface Request {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly stop: (reason: string) => void;
}

interface Answer {
  readonly request: Request;
  readonly response: Response;
}

/** Short words for a failed request: the system's code where there is one. */
function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

/** Runs a step of a request, stopping the request when the step takes longer than `limitMs`. */
async function within<T>(limitMs: number, request: Request, reason: string, step: Promise<T>): Promise<T> {
  const timer = setTimeout(() => request.stop(reason), limitMs);
  try {
    return await step;
  } finally {
    clearTimeout(timer);
  }
}

/** Asks one mirror; never rejects. */
async function ask(request: Request, connectMs: number): Promise<Answer | MirrorFailure> {
  const { url, signal } = request;
  try {
    // A server that unpacks or packs on the way would change the bytes whose checksum is known.
    const step = fetch(url, { signal, headers: { "accept-encoding": "identity" } });
    const response = await within(connectMs, request, `no answer within ${seconds(connectMs)}`, step);
    if (response.ok && response.body) return { request, response };
    request.stop("not needed");
    return { url, kind: "unreachable", reason: `HTTP ${response.status}` };
  } catch (error) {
    return { url, kind: "unreachable", reason: reasonOf(error) };
  }
}

/**
 * Asks the mirrors in their order, the next one as soon as one fails or is slow to answer, and returns the first
 * answer; the other requests are stopped. Without any network this fails within connectMs and a few nextMirrorMs.
 * @param failed receives the mirrors that failed
 */
async function firstAnswer(
  urls: readonly string[],
  network: Required<NetworkOptions>,
  open: (url: string) => Request,
  failed: MirrorFailure[],
): Promise<Answer | undefined> {
  const requests: Request[] = [];
  const pending = new Map<string, Promise<Answer | MirrorFailure>>();
  for (let next = 0; next < urls.length || pending.size > 0; ) {
    if (next < urls.length) {
      const request = open(urls[next++]);
      requests.push(request);
      pending.set(request.url, ask(request, network.connectMs));
    }
    const events: Promise<Answer | MirrorFailure | undefined>[] = [...pending.values()];
    if (next < urls.length) events.push(sleep(network.nextMirrorMs, undefined, { ref: false }));
    const event = await Promise.race(events);
    if (event && "response" in event) {
      for (const request of requests) if (request !== event.request) request.stop("not needed");
      return event;
    }
    if (event) {
      failed.push(event);
      pending.delete(event.url);
    }
  }
  return undefined;
}

/** Reads an answer's bytes and checks them; a failure when they break off or are not the expected ones. */
async function receive(
  answer: Answer,
  file: ExpectedFile,
  idleMs: number,
  options: DownloadOptions,
): Promise<Uint8Array | MirrorFailure> {
  const { request, response } = answer;
  const url = request.url;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const bytes = new Uint8Array(file.byteLength);
  const meter = new ProgressMeter(`downloading ${file.name}`, file.byteLength, "bytes", options.onProgress);
  let got = 0;
  try {
    for (;;) {
      const { done, value } = await within(idleMs, request, `silent for ${seconds(idleMs)}`, reader.read());
      if (done) break;
      if (got + value.length > bytes.length) {
        request.stop("not needed");
        return { url, kind: "altered", reason: `expected ${bytes.length} bytes but got more` };
      }
      bytes.set(value, got);
      got += value.length;
      meter.add(value.length);
    }
  } catch (error) {
    return {
      url,
      kind: "unreachable",
      reason: `broke off after ${got} of ${bytes.length} bytes: ${reasonOf(error)}`,
    };
  }
  const sum = sha256(bytes.subarray(0, got));
  if (sum === file.sha256) return bytes;
  const reason = `expected SHA-256 ${file.sha256} (${bytes.length} bytes) but got ${sum} (${got} bytes)`;
  return { url, kind: "altered", reason };
}

function downloadError(file: ExpectedFile, failures: readonly MirrorFailure[], set: string): DataError {
  const list = failures.map(({ url, reason }) => `${url} (${reason})`).join("; ");
  const wayOut = `put ${file.name} into a folder "${set}" and set WEIGHTBOOK_DATA to the folder that holds it`;
  if (failures.some(({ kind }) => kind === "altered")) {
    const message = `the download of ${file.name} has a wrong checksum and was not kept: ${list}; try again, or ${wayOut}`;
    return new DataError("data/checksum", message, { value: file.name });
  }
  const message = `cannot download ${file.name}: ${list}; check the network, or ${wayOut}`;
  return new DataError("data/unreachable", message, { value: file.name });
}

/**
 * Downloads one file of a data set from the first of its mirrors that has it, checks its SHA-256, and only then puts
 * it into its folder.
 * @param set the data set's name, for the way out that the errors name
 * @param mirrors addresses that end in "/", the file's name follows
 * @returns the file's bytes, which are also at `folder/name`
 * @throws DataError "data/checksum" when a mirror sent other bytes and none the right ones, "data/unreachable" when
 * none answered; nothing is kept
 * @throws InterruptedError when the signal is aborted
 * @throws StoreError when the folder cannot be written
 */
export async function downloadFile(
  set: string,
  file: ExpectedFile,
  mirrors: readonly string[],
  folder: string,
  given: DownloadOptions = {},
): Promise<Uint8Array> {
  const options = interruptible(given);
  const network = { connectMs: 5000, idleMs: 15000, nextMirrorMs: 1000, ...options.network };
  const what = `downloading ${file.name}`;
  const controllers: AbortController[] = [];
  const open = (url: string): Request => {
    const controller = new AbortController();
    controllers.push(controller);
    if (options.signal?.aborted) controller.abort(new Error("interrupted"));
    return { url, signal: controller.signal, stop: (reason) => controller.abort(new Error(reason)) };
  };
  const stopAll = () => {
    for (const controller of controllers) controller.abort(new Error("interrupted"));
  };
  throwIfAborted(options.signal, what);
  options.signal?.addEventListener("abort", stopAll);
  try {
    const failures: MirrorFailure[] = [];
    for (;;) {
      const left = mirrors.map((mirror) => mirror + file.name);
      const untried = left.filter((url) => !failures.some((failure) => failure.url === url));
      const answer = await firstAnswer(untried, network, open, failures);
      const received = answer && (await receive(answer, file, network.idleMs, options));
      if (options.signal?.aborted) throw new InterruptedError(what);
      if (!received) throw downloadError(file, failures, set);
      if (received instanceof Uint8Array) {
        writeFileAtomic(join(folder, file.name), received);
        return received;
      }
      failures.push(received);
    }
  } finally {
    options.signal?.removeEventListener("abort", stopAll);
    stopAll();
  }
}
