import { DataError } from "../core/errors.js";
import { type ByteStream, type NamedBytes, plainStream, unpackedStream } from "./byte-stream.js";
import {
  type ArrayHeader,
  compressedType,
  type ElementTag,
  type MatFormat,
  malformed,
  matrixType,
  type NumberType,
  numberTypeOf,
  parseTag,
  readArrayHeader,
  viewOf,
} from "./mat5-layout.js";

const headerBytes = 128;

/** A real numeric array in a MAT file, its numbers read piece by piece. */
export interface MatVariable {
  /** MATLAB's name of its class, e.g. "uint8". */
  readonly className: string;
  readonly dimensions: readonly number[];
  /**
   * The next `count` numbers in MATLAB's order, the first dimension fastest. Numbers stored as unsigned bytes stay so,
   * whatever the class; all others become doubles.
   * @throws DataError "data/truncated", "data/gzip"; "data/mat5" when fewer are left
   */
  read(count: number): Promise<Uint8Array | Float64Array>;
  /** Lets go of the file. Once all numbers were read, this checks the end of the array and its checksum. */
  close(): Promise<void>;
}

/** Reads the 128 bytes at the start. */
function parseFormat({ name, bytes }: NamedBytes): MatFormat {
  const refuse = (what: string) =>
    new DataError("data/mat5", `${name} is not a MATLAB 5 file: ${what}`, { value: name });
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, headerBytes));
  if (text.startsWith("\u0089HDF") || text.startsWith("MATLAB 7.3")) {
    throw refuse("it is of version 7.3 (HDF5); write it again with version 7 or 5");
  }
  if (bytes.length < headerBytes) throw refuse(`it holds ${bytes.length} bytes, fewer than its header takes`);
  const mark = text.slice(126, 128);
  if (mark !== "IM" && mark !== "MI") throw refuse("its header lacks the mark of the byte order");
  const isLittle = mark === "IM";
  const version = viewOf(bytes).getUint16(124, isLittle);
  if (version !== 0x0100) throw refuse(`its header states version 0x${version.toString(16)}, not 0x100`);
  return { file: name, isLittle };
}

/** A stream over one top-level element's content. */
function elementStream(file: NamedBytes, type: number, format: MatFormat): ByteStream {
  if (type === matrixType) return plainStream(file);
  if (type === compressedType) return unpackedStream(file, "zlib");
  throw malformed(format, `an element has type ${type}, which holds no array`);
}

/** Reads what stands before an array's numbers; what is packed has the array's tag once more. */
async function readHeader(
  stream: ByteStream,
  type: number,
  format: MatFormat,
): Promise<ArrayHeader | undefined> {
  if (type === compressedType) {
    const inner = parseTag(await stream.take(8), format);
    if (inner.type !== matrixType) throw malformed(format, `a packed element holds type ${inner.type}`);
  }
  return readArrayHeader(stream, format);
}

/**
 * Finds an array in a MATLAB 5 file (also of versions 6 and 7, packed or not, of either byte order) and reads on to
 * its numbers. Format: "MAT-File Format", The MathWorks, chapter 1.
 * @param variable the array's name
 * @throws DataError "data/mat5" when this is no such file or a damaged one, "data/truncated" or "data/gzip" when it is
 *   damaged, "data/variable" when it has no such array, "data/class" when the array is not real and numeric
 */
export async function openMatVariable(file: NamedBytes, variable: string): Promise<MatVariable> {
  const format = parseFormat(file);
  const { name, bytes } = file;
  const others: string[] = [];
  for (let at = headerBytes; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw truncated(name, at + 8 - bytes.length);
    const { type, byteLength } = parseTag(bytes.subarray(at, at + 8), format);
    const end = at + 8 + byteLength;
    if (end > bytes.length) throw truncated(name, end - bytes.length);
    const stream = elementStream({ name, bytes: bytes.subarray(at + 8, end) }, type, format);
    try {
      const header = await readHeader(stream, type, format);
      if (header?.name === variable) return await numbersOf(stream, header, format);
      // Quoted: in a damaged file a name can hold anything.
      if (header?.name) others.push(JSON.stringify(header.name));
    } catch (error) {
      await stream.close();
      throw error;
    }
    await stream.close();
    at = end;
  }
  throw new DataError(
    "data/variable",
    `${name} has no variable "${variable}"; it has ${others.join(", ") || "none"}`,
    { value: variable },
  );
}

function truncated(name: string, short: number): DataError {
  return new DataError("data/truncated", `${name} is truncated: ${short} bytes are missing; fetch it again`, {
    value: name,
  });
}

/** Reads on to an array's numbers and checks that there are as many as its dimensions say. */
async function numbersOf(stream: ByteStream, header: ArrayHeader, format: MatFormat): Promise<MatVariable> {
  const { name, className, dimensions } = header;
  if (!header.isNumeric || header.isComplex) {
    const kind = header.isComplex ? `complex ${className}` : className;
    throw new DataError("data/class", `${format.file}: ${name} is of class ${kind}, not a real number`, {
      value: kind,
    });
  }
  const tag = parseTag(await stream.take(8), format);
  const type = numberTypeOf(tag.type, format);
  const length = dimensions.reduce((product, side) => product * side, 1);
  if (tag.byteLength !== length * type.bytes) {
    throw malformed(
      format,
      `${name} is ${dimensions.join(" x ")} but holds ${tag.byteLength / type.bytes} numbers`,
    );
  }
  const content = tag.small ? plainStream({ name: format.file, bytes: tag.small }) : stream;
  let left = length;
  return {
    className,
    dimensions,
    read: async (count) => {
      if (count > left) throw malformed(format, `${name} has only ${left} numbers left of ${count}`);
      left -= count;
      return decode(await content.take(count * type.bytes), type, tag, format);
    },
    close: async () => {
      if (left === 0) await checkEnd(stream, name, format);
      await stream.close();
    },
  };
}

function decode(
  bytes: Uint8Array,
  type: NumberType,
  tag: ElementTag,
  { isLittle }: MatFormat,
): Uint8Array | Float64Array {
  if (tag.type === 2) return bytes;
  const view = viewOf(bytes);
  return Float64Array.from({ length: bytes.length / type.bytes }, (_, i) =>
    type.get(view, i * type.bytes, isLittle),
  );
}

/** Behind the numbers there is padding to eight bytes and nothing else; reaching the end checks a packed array's sum. */
async function checkEnd(stream: ByteStream, name: string, format: MatFormat): Promise<void> {
  for (let padding = 0; !(await stream.ended()); padding++) {
    if (padding === 7) throw malformed(format, `${name} goes on behind its numbers`);
    await stream.skip(1);
  }
}
