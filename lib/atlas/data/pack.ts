import { DataError } from "../../core/errors.js";
import { type HistogramSettings, histogramSettings } from "../../core/numeric/histogram-settings.js";
import { type AtlasColumn, type AtlasContent, type AtlasDescriptors, checkContent } from "./content.js";
import type { AtlasData, DecodedColumn } from "./decoded.js";
import { quantizeShares } from "./quantize.js";

/** What the packed bytes hold, in the order of their sections. */
interface Header {
  readonly format: "weightbook atlas 1";
  readonly title: string;
  readonly description: string;
  readonly names: readonly string[];
  /** Columns of numbers have no levels. */
  readonly columns: readonly { readonly name: string; readonly levels?: readonly string[] }[];
  readonly embeddings: readonly string[];
  readonly descriptors: HistogramSettings | null;
  readonly color: string | null;
  readonly normalizeBy: string | null;
}

const format = "weightbook atlas 1";

/**
 * An atlas as bytes: the length of the header (uint32, little-endian), the header as JSON, then each column, each
 * embedding and the descriptors, every section starting on a multiple of 8. Numbers are float64, codes of levels uint8,
 * uint16 or uint32, places float32, descriptors uint8 (see quantizeShares); all little-endian.
 * @throws what checkContent throws
 */
export function packAtlas(content: AtlasContent): Uint8Array {
  checkContent(content);
  const columns = Object.entries(content.columns).map(([name, column]) => encodeColumn(name, column));
  const { descriptors } = content;
  const header: Header = {
    format,
    title: content.title,
    description: content.description ?? "",
    names: content.names,
    columns: columns.map(({ name, levels }) => (levels ? { name, levels } : { name })),
    embeddings: Object.keys(content.embeddings),
    descriptors: descriptors ? settingsOf(descriptors) : null,
    color: content.color ?? null,
    normalizeBy: content.normalizeBy ?? null,
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length, true);
  const head = new Uint8Array(4 + json.length);
  head.set(length);
  head.set(json, 4);
  const sections: ArrayBufferView[] = [
    head,
    ...columns.map(({ values }) => values),
    ...Object.values(content.embeddings),
    ...(descriptors ? [quantizeShares(descriptors.data)] : []),
  ];
  return joinAligned(sections);
}

/**
 * Reads packed bytes; the arrays are views of them, which must start on a multiple of 8.
 * @throws DataError "atlas/format" when they are no atlas or end too early
 */
export function unpackAtlas(bytes: Uint8Array): AtlasData {
  const header = readHeader(bytes);
  const models = header.names.length;
  let at = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const section = (size: number): number => {
    const start = aligned(at);
    at = start + size;
    if (at > bytes.length) throw notAnAtlas(`it ends after ${bytes.length} bytes where ${at} are needed`);
    return bytes.byteOffset + start;
  };
  const buffer = bytes.buffer as ArrayBuffer;
  const columns = header.columns.map(({ name, levels }): DecodedColumn => {
    if (!levels) {
      return { kind: "number", name, values: new Float64Array(buffer, section(8 * models), models) };
    }
    const Codes = codesFor(levels.length);
    const codes = new Codes(buffer, section(Codes.BYTES_PER_ELEMENT * models), models);
    return { kind: "level", name, levels, codes };
  });
  const embeddings = header.embeddings.map((name) => {
    return { name, points: new Float32Array(buffer, section(8 * models), 2 * models) };
  });
  const size = header.descriptors ? header.descriptors.windows * header.descriptors.bins * models : 0;
  const descriptors = header.descriptors
    ? { settings: header.descriptors, bytes: new Uint8Array(buffer, section(size), size) }
    : undefined;
  const { title, description, names } = header;
  const [color, normalizeBy] = [header.color ?? undefined, header.normalizeBy ?? undefined];
  return { title, description, models, names, columns, embeddings, descriptors, color, normalizeBy };
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 4) throw notAnAtlas(`it has only ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  } catch (cause) {
    throw notAnAtlas("its header is not JSON", cause);
  }
  if (header?.format !== format) throw notAnAtlas(`its header does not say "${format}"`);
  return header as Header;
}

function notAnAtlas(why: string, cause?: unknown): DataError {
  return new DataError("atlas/format", `these are not the data of an atlas: ${why}; make the page again`, {
    cause,
  });
}

function settingsOf({ data: _, ...options }: AtlasDescriptors): HistogramSettings {
  return histogramSettings(options);
}

function encodeColumn(
  name: string,
  column: AtlasColumn,
): { name: string; levels?: readonly string[]; values: ArrayBufferView } {
  if (typeof column[0] === "number") return { name, values: Float64Array.from(column as ArrayLike<number>) };
  const words = Array.from(column as ArrayLike<string | boolean>, String);
  const levels = [...new Set(words)].sort(new Intl.Collator("en", { numeric: true }).compare);
  const codes = new Map(levels.map((level, code) => [level, code]));
  const Codes = codesFor(levels.length);
  const values = new Codes(words.map((word) => codes.get(word) ?? 0));
  return { name, levels, values };
}

function codesFor(levels: number): Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor {
  if (levels <= 1 << 8) return Uint8Array;
  return levels <= 1 << 16 ? Uint16Array : Uint32Array;
}

const aligned = (position: number): number => Math.ceil(position / 8) * 8;

function joinAligned(sections: readonly ArrayBufferView[]): Uint8Array {
  const starts: number[] = [];
  let end = 0;
  for (const { byteLength } of sections) {
    starts.push(aligned(end));
    end = aligned(end) + byteLength;
  }
  const joined = new Uint8Array(end);
  sections.forEach(({ buffer, byteOffset, byteLength }, i) => {
    joined.set(new Uint8Array(buffer, byteOffset, byteLength), starts[i]);
  });
  return joined;
}
