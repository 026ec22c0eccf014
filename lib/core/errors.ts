/**
 * Errors that a reader can act on: each names the thing, carries a machine-readable code and the offending value,
 * and says the way out in its message.
 */
export class WeightbookError extends Error {
  /** Stable, machine-readable, e.g. "data/truncated". */
  readonly code: string;
  /** The offending value, where one exists. */
  readonly value: unknown;

  constructor(code: string, message: string, options: { value?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.value = options.value;
  }
}

/** A data file is missing, truncated, altered or of an unknown format. */
export class DataError extends WeightbookError {}

/** A specification (network, zoo, options) that cannot be carried out; the message names the field. */
export class SpecError extends WeightbookError {}

/** A zoo on disk is damaged, incomplete, or cannot be written. */
export class StoreError extends WeightbookError {}

/** The command line or a notebook's parameters were used wrongly; the command exits with 2. */
export class UsageError extends WeightbookError {}

/** A notebook's cell failed. */
export class CellError extends WeightbookError {}

/** A tensor backend that was asked for by name cannot start. */
export class BackendError extends WeightbookError {
  /** Why, in a few words. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;

  constructor(backend: string, reason: string, remedy: string, cause?: unknown) {
    const message = `the tensor backend "${backend}" cannot start: ${reason}; ${remedy}`;
    super("backend/unavailable", message, { value: backend, cause });
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** A cluster's scheduler is missing, does not answer, refuses a job, or jobs on it failed. */
export class ClusterError extends WeightbookError {}

/** Work was stopped by an AbortSignal or Ctrl-C; what was finished is kept. The command exits with 130. */
export class InterruptedError extends WeightbookError {
  /** @param rest what became of the work, and how to go on with it */
  constructor(what: string, rest = "what was finished is kept, run the same command again to resume") {
    super("interrupted", `${what} was interrupted; ${rest}`);
  }
}

/**
 * Whether a thrown value is an InterruptedError, of this copy of the library or another: a notebook whose folder has
 * its own weightbook throws that one's, and to the kernel it is no instance of its own class.
 */
export function isInterruptedError(thrown: unknown): thrown is InterruptedError {
  if (typeof thrown !== "object" || thrown === null) return false;
  try {
    const { name, code } = thrown as { name?: unknown; code?: unknown };
    return name === "InterruptedError" && code === "interrupted";
  } catch {
    // A thrown value whose own getters throw.
    return false;
  }
}

/** Throws InterruptedError when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new InterruptedError(what);
}

/**
 * Rejects option names that are not known, so that a misspelt option cannot be ignored in silence.
 * @throws SpecError naming the unknown option and the known ones
 */
export function checkOptions(options: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new SpecError(
        "options/unknown",
        `${where} has no option "${name}"; it knows ${known.join(", ")}`,
        { value: name },
      );
    }
  }
}
