import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DataError, SpecError } from "#lib/core/errors.js";
import { formatNpy, type NpyData, parseNpy, readNpy, writeNpy } from "#lib/core/npy.js";

const arrays: [NpyData, number[]][] = [
  [Float32Array.of(1.5, -2, Number.NaN, 3, 4, 5), [2, 3]],
  [Float64Array.of(Math.PI), []],
  [Int32Array.of(-7, 2 ** 31 - 1), [2]],
  [Uint8Array.of(0, 255, 3, 4), [1, 2, 2]],
  [new Float32Array(0), [0, 5]],
];

test("arrays of every type come back from their bytes, at any alignment", () => {
  for (const [data, shape] of arrays) {
    const bytes = formatNpy(data, shape);
    expect((bytes.length - data.byteLength) % 64).toBe(0);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const back = parseNpy(shifted.subarray(3));
    expect(back.shape).toEqual(shape);
    expect(back.data).toEqual(data);
  }
});

test("64-bit integers are written from whole numbers and come back as such", () => {
  const back = parseNpy(formatNpy(Float64Array.of(-5, 2 ** 53 - 1), [2], "i8"));
  expect(back.dtype).toBe("i8");
  expect([...back.data]).toEqual([-5, 2 ** 53 - 1]);
  expect(() => formatNpy(Float64Array.of(0.5), [1], "i8")).toThrow(SpecError);
  expect(() => formatNpy(Float32Array.of(1), [2])).toThrow(/holds 2 values but there are 1/);
});

test("a file that is cut, foreign or of another type is refused by name", () => {
  const folder = mkdtempSync(join(tmpdir(), "npy-"));
  try {
    const path = join(folder, "a.npy");
    writeNpy(path, Float32Array.of(1, 2));
    expect([...readNpy(path).data]).toEqual([1, 2]);
    const bytes = new Uint8Array(readFileSync(path));
    expect(() => parseNpy(bytes.subarray(0, bytes.length - 1), "a.npy")).toThrow(/a\.npy is truncated/);
    expect(() => parseNpy(bytes.subarray(0, 20), "a.npy")).toThrow(DataError);
    expect(() => parseNpy(new Uint8Array(100), "a.npy")).toThrow(/not a \.npy/);
    const text = Buffer.from(bytes).toString("latin1");
    expect(() => parseNpy(Buffer.from(text.replace("<f4", "<f2"), "latin1"))).toThrow(/type <f2/);
    expect(() => parseNpy(Buffer.from(text.replace("False", "True "), "latin1"))).toThrow(/Fortran/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
