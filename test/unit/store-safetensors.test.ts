import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DataError } from "#lib/core/errors.js";
import {
  encodeHeader,
  readFloat32,
  readHeader,
  readTensor,
  writeSafetensors,
} from "#lib/zoo/store/safetensors.js";
import { scratch } from "../helpers/zoo.js";

/** A file with the given header text and data, padded as it stands. */
function handmade(header: string, data: Uint8Array = new Uint8Array(0)): string {
  const path = join(scratch(), "handmade.safetensors");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), data]));
  return path;
}

describe("safetensors", () => {
  test("the bytes are those of the format", async () => {
    const path = join(scratch(), "two.safetensors");
    const tensors = [
      { name: "a", dtype: "F32", shape: [2, 2] },
      { name: "b", dtype: "U8", shape: [3] },
    ] as const;
    const a = new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer);
    await writeSafetensors(path, tensors, { layout: "[]" }, [
      a.subarray(0, 5),
      a.subarray(5),
      Buffer.from([7, 8, 9]),
    ]);
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const text = bytes.subarray(8, 8 + length).toString();
    expect(text.trimEnd()).toBe(
      '{"__metadata__":{"layout":"[]"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}',
    );
    expect(text.slice(text.trimEnd().length)).toMatch(/^ {0,7}$/);
    expect(bytes.length).toBe(8 + length + 19);
    expect(readFloat32(path, "a")).toEqual({ shape: [2, 2], data: Float32Array.from([1, 2, 3, 4]) });
    expect(readTensor(path, "b").bytes).toEqual(Uint8Array.from([7, 8, 9]));
    expect(readHeader(path).metadata).toEqual({ layout: "[]" });
  });

  test("a file made by hand in another order of tensors is read", () => {
    const header =
      '{"late":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"early":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
    const path = handmade(header, new Uint8Array(Float32Array.from([1.5, -2]).buffer));
    expect(readFloat32(path, "late").data).toEqual(Float32Array.from([-2]));
    expect(readFloat32(path, "early")).toEqual({ shape: [], data: Float32Array.from([1.5]) });
    expect(readHeader(path).metadata).toEqual({});
  });

  const tensor = (fields: string) => `{"t":{${fields}}}`;
  test.each([
    ["not JSON", "{nonsense", 0],
    ["not an object", "[]      ", 0],
    ["unknown type", tensor('"dtype":"F31","shape":[1],"data_offsets":[0,4]'), 4],
    ["negative shape", tensor('"dtype":"F32","shape":[-1],"data_offsets":[0,4]'), 4],
    ["shape and offsets disagree", tensor('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), 4],
    ["offsets backwards", tensor('"dtype":"U8","shape":[0],"data_offsets":[4,0]'), 4],
    ["offsets beyond the end", tensor('"dtype":"F32","shape":[2],"data_offsets":[0,8]'), 4],
    ["bytes left over", tensor('"dtype":"F32","shape":[1],"data_offsets":[0,4]'), 5],
    ["a gap", tensor('"dtype":"F32","shape":[1],"data_offsets":[4,8]'), 8],
    [
      "an overlap",
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      3,
    ],
    ["metadata that is no text", '{"__metadata__":{"a":1}}', 0],
  ])("refuses %s", (_what, header, bytes) => {
    const path = handmade(header, new Uint8Array(bytes));
    expect(() => readHeader(path)).toThrow(DataError);
    expect(() => readHeader(path)).toThrow(path);
  });

  test("refuses a file that is missing, too short, or whose header claims too much", () => {
    const folder = scratch();
    expect(() => readHeader(join(folder, "none.safetensors"))).toThrow(/cannot open .*none/);
    const short = join(folder, "short.safetensors");
    writeFileSync(short, "abc");
    expect(() => readHeader(short)).toThrow(/only 3 bytes/);
    const huge = Buffer.alloc(16);
    huge.writeBigUInt64LE(2n ** 40n);
    writeFileSync(short, huge);
    expect(() => readHeader(short)).toThrow(/claims/);
  });

  test("refuses data that do not add up, and leaves no file", async () => {
    const folder = scratch();
    const path = join(folder, "x.safetensors");
    const tensors = [{ name: "t", dtype: "F32", shape: [2] }] as const;
    await expect(writeSafetensors(path, tensors, {}, [new Uint8Array(7)])).rejects.toMatchObject({
      code: "safetensors/length",
    });
    expect(() => readHeader(path)).toThrow(/cannot open/);
  });

  test("names the tensors there are, and refuses the wrong type", async () => {
    const path = join(scratch(), "x.safetensors");
    await writeSafetensors(path, [{ name: "t", dtype: "I32", shape: [1] }], {}, [new Uint8Array(4)]);
    expect(() => readFloat32(path, "weights")).toThrow(/no tensor "weights"; it has t/);
    expect(() => readFloat32(path, "t")).toThrow(/is I32, not F32/);
  });

  test("the header's length does not depend on when it is written", () => {
    const tensors = [{ name: "weights", dtype: "F32", shape: [10, 2160] }] as const;
    expect(encodeHeader(tensors, { key: "a" })).toEqual(encodeHeader(tensors, { key: "a" }));
  });
});
