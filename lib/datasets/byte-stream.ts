import { pipeline, Readable } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import { DataError } from "../core/errors.js";

/** Bytes handed on at once, into the unpacker and out of it. */
const pieceBytes = 1 << 18;

/** A file's name, for errors, and its bytes. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads bytes that come in pieces of any length, so that a large file is never in memory unpacked. */
export class ByteStream {
  private piece = new Uint8Array(0);
  /** Of the first byte of `piece` that was not taken. */
  private at = 0;
  private taken = 0;

  /** @param name of the file, for the error's sentence */
  constructor(
    private readonly pieces: AsyncIterator<Uint8Array>,
    private readonly name: string,
  ) {}

  /** Bytes taken and skipped so far. */
  get position(): number {
    return this.taken;
  }

  /** Makes sure that `piece` has a byte left; false at the end. */
  private async more(): Promise<boolean> {
    while (this.at === this.piece.length) {
      const next = await this.pieces.next();
      if (next.done) return false;
      this.piece = next.value as Uint8Array<ArrayBuffer>;
      this.at = 0;
    }
    return true;
  }

  /** The unread rest of the piece, at most `count` bytes, as taken. */
  private advance(count: number): Uint8Array {
    const part = this.piece.subarray(this.at, this.at + count);
    this.at += part.length;
    this.taken += part.length;
    return part;
  }

  /**
   * The next `count` bytes. The caller sees to it that `count` is sensible: memory for it is taken at once.
   * @throws DataError "data/truncated" when fewer are left; what unpacking throws
   */
  async take(count: number): Promise<Uint8Array> {
    if (this.piece.length - this.at >= count) return this.advance(count);
    const bytes = new Uint8Array(count);
    for (let got = 0; got < count; ) {
      if (!(await this.more())) throw this.truncated(count - got);
      const part = this.advance(count - got);
      bytes.set(part, got);
      got += part.length;
    }
    return bytes;
  }

  /**
   * Leaves out the next `count` bytes.
   * @throws as take
   */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      if (!(await this.more())) throw this.truncated(left);
      left -= this.advance(left).length;
    }
  }

  /** Whether nothing is left. */
  async ended(): Promise<boolean> {
    return !(await this.more());
  }

  /** Lets go of what feeds the stream. */
  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  private truncated(short: number): DataError {
    return new DataError(
      "data/truncated",
      `${this.name} is truncated: ${short} bytes are missing behind byte ${this.taken}; fetch it again`,
      { value: this.taken },
    );
  }
}

/** A stream over bytes that are all there. */
export function plainStream({ name, bytes }: NamedBytes): ByteStream {
  const pieces = async function* () {
    yield bytes;
  };
  return new ByteStream(pieces(), name);
}

/**
 * A stream over what packed bytes hold. Reading it to the end checks the packed data's own checksum.
 * @returns a stream whose reading throws DataError "data/gzip" where the packed data are damaged or cut short
 */
export function unpackedStream(file: NamedBytes, format: "gzip" | "zlib"): ByteStream {
  return new ByteStream(unpackedPieces(file, format), file.name);
}

async function* unpackedPieces(
  { name, bytes }: NamedBytes,
  format: "gzip" | "zlib",
): AsyncGenerator<Uint8Array> {
  const options = { chunkSize: pieceBytes };
  const unpacker = format === "gzip" ? createGunzip(options) : createInflate(options);
  // Failures arrive by the loop below; the callback only keeps them from being thrown at nobody.
  pipeline(Readable.from(slices(bytes)), unpacker, () => undefined);
  try {
    for await (const piece of unpacker) yield piece as Uint8Array;
  } catch (cause) {
    throw new DataError(
      "data/gzip",
      `${name} holds damaged ${format} data (${(cause as Error).message}); fetch it again`,
      { value: name, cause },
    );
  }
}

function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
