import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { encodeHeader, type SafetensorsType } from "#lib/zoo/store/safetensors.js";

/** Folder of small data sets in the published layouts; see make_fixtures.py there. */
export const fixtures = fileURLToPath(new URL("../fixtures/interop", import.meta.url));

/** What the fixtures' networks answer to `testImage`, computed in Python in TensorFlow's order. */
export const expected = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8")) as {
  readonly unterthiner: {
    readonly model: number;
    readonly epoch: number;
    readonly logits: readonly number[];
  };
  readonly nws: Readonly<Record<string, readonly number[]>>;
};

/** The image that the answers are to, channel by channel. */
export function testImage(side: number, channels: number): Float64Array {
  return Float64Array.from({ length: channels * side * side }, (_, i) => {
    const [c, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    return ((7 * y + 3 * x + 5 * c) % 11) / 11;
  });
}

/** A folder that is removed after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-interop-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a fixture, to do harm to. */
export function copyOfFixture(name: "unterthiner" | "nws"): string {
  const folder = join(scratchFolder(), name);
  cpSync(join(fixtures, name), folder, { recursive: true });
  return folder;
}

/** Copies of all rows of a source, since each is valid only until the next one is asked for. */
export function allRows(rows: Iterable<Float32Array>): Float32Array[] {
  return Array.from(rows, (row) => row.slice());
}

/** Writes a safetensors file of small tensors. */
export function writeTensors(
  path: string,
  tensors: readonly { name: string; dtype: SafetensorsType; shape: readonly number[]; data: Uint8Array }[],
  metadata: Record<string, string> = {},
): void {
  const infos = tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  writeFileSync(path, Buffer.concat([encodeHeader(infos, metadata), ...tensors.map(({ data }) => data)]));
}

/** Bytes of float32 numbers. */
export function float32Bytes(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Names of all files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}
