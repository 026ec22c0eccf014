import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll } from "vitest";
import { sha256 } from "#lib/core/hash.js";
import type { DatasetSource, IdxForm, ImageSet, SourceFile } from "#lib/datasets/index.js";

/** The bytes of an IDX file: big-endian magic and sides, then the values. */
export function idxBytes(magic: number, sides: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sides.length + values.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  sides.forEach((side, i) => {
    view.setUint32(4 + 4 * i, side);
  });
  bytes.set(values, 4 + 4 * sides.length);
  return bytes;
}

export function idxImages(set: ImageSet): Uint8Array {
  return idxBytes(0x803, [set.count, set.height, set.width], set.images);
}

export function idxLabels(set: ImageSet): Uint8Array {
  return idxBytes(0x801, [set.count], set.labels);
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, removed after the tests of the file that asked for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-datasets-"));
  folders.push(folder);
  return folder;
}

/** Images whose pixels and labels follow a rule, so that any mix-up shows. */
export function ruledSet(count: number, side: number, offset: number): ImageSet {
  const images = Uint8Array.from({ length: count * side * side }, (_, i) => (i * 7 + offset) % 256);
  const labels = Uint8Array.from({ length: count }, (_, i) => (i + offset) % 3);
  return { images, labels, count, height: side, width: side };
}

/** A tiny data set with its four packed files, as a registry would describe it. */
export interface TinySet {
  readonly source: DatasetSource;
  /** The only form of the source. */
  readonly form: IdxForm;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Packed bytes by file name. */
  readonly packed: ReadonlyMap<string, Uint8Array>;
  /** Unpacked bytes by file name (still with ".gz"). */
  readonly raw: ReadonlyMap<string, Uint8Array>;
}

export function tinySet(mirrors: readonly string[]): TinySet {
  const train = ruledSet(12, 6, 0);
  const test = ruledSet(5, 6, 1);
  const packed = new Map<string, Uint8Array>();
  const raw = new Map<string, Uint8Array>();
  const file = (name: string, bytes: Uint8Array): SourceFile => {
    const gz = gzipSync(bytes);
    packed.set(name, gz);
    raw.set(name, bytes);
    return { name, byteLength: gz.length, sha256: sha256(gz), unpackedSha256: sha256(bytes) };
  };
  const form: IdxForm = {
    format: "idx",
    mirrors,
    files: {
      trainImages: file("train-images.gz", idxImages(train)),
      trainLabels: file("train-labels.gz", idxLabels(train)),
      testImages: file("test-images.gz", idxImages(test)),
      testLabels: file("test-labels.gz", idxLabels(test)),
    },
  };
  const source: DatasetSource = {
    name: "tiny",
    classNames: ["a", "b", "c"],
    size: 6,
    trainImages: 12,
    testImages: 5,
    forms: [form],
    licence: "made by this test",
  };
  return { source, form, train, test, packed, raw };
}

/** Writes a set's files, packed or not, into `folder/tiny`. */
export function writeTinySet(tiny: TinySet, folder: string, form: "packed" | "raw" = "packed"): void {
  mkdirSync(join(folder, "tiny"), { recursive: true });
  for (const [name, bytes] of tiny[form]) {
    writeFileSync(join(folder, "tiny", form === "raw" ? name.replace(".gz", "") : name), bytes);
  }
}

const servers: Server[] = [];

/** Starts a server on this machine; returns its address, ending in "/". */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** An address at which nothing listens. */
export async function refusingAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

export async function stopServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
