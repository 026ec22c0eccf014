import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCifarArchive } from "#lib/datasets/cifar.js";
import { openMatVariable } from "#lib/datasets/mat5.js";
import { readSvhn } from "#lib/datasets/svhn.js";
import { cifarArchive, cifarRecords, grayImages, matFile, svhnArrays } from "../helpers/originals.js";
import { pythonWith, runPython } from "../helpers/python.js";

const fixture = (name: string) => {
  const bytes = readFileSync(new URL(`../fixtures/datasets/${name}`, import.meta.url));
  return { name, bytes: new Uint8Array(bytes) };
};
const folder = mkdtempSync(join(tmpdir(), "weightbook-mat5-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All numbers of an array, as a plain list. */
async function numbers(file: { name: string; bytes: Uint8Array }, variable: string): Promise<number[]> {
  const array = await openMatVariable(file, variable);
  const values = await array.read(array.dimensions.reduce((product, side) => product * side, 1));
  await array.close();
  return [...values];
}

describe("files that scipy.io.savemat wrote", () => {
  it("hold SVHN's arrays packed: gray, row-major, 10 as the digit 0", async () => {
    const set = await readSvhn(fixture("svhn-packed.mat"), 6);
    expect(set).toMatchObject({ count: 6, height: 32, width: 32 });
    expect([...set.labels]).toEqual([1, 9, 0, 2, 0, 5]);
    expect(set.images).toEqual(grayImages(6));
    const first = await readSvhn(fixture("svhn-packed.mat"), 4);
    expect(first.images).toEqual(grayImages(4));
    expect([...first.labels]).toEqual([1, 9, 0, 2]);
  });

  it("hold them unpacked, labels as doubles", async () => {
    const set = await readSvhn(fixture("svhn-plain.mat"), 2);
    expect(set.images).toEqual(grayImages(2));
    expect([...set.labels]).toEqual([1, 9]);
  });

  const classes = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"];
  it.each([...classes, "float32", "float64"])("hold arrays of %s", async (kind) => {
    const array = await openMatVariable(fixture("kinds.mat"), kind);
    const matlab = { float32: "single", float64: "double" }[kind] ?? kind;
    expect([array.className, array.dimensions]).toEqual([matlab, [2, 3]]);
    expect([...(await array.read(4))]).toEqual([1, 100, 2, 101]);
    expect([...(await array.read(2))]).toEqual([3, 102]);
    await array.close();
  });

  it("hold negative numbers and arrays of no numbers", async () => {
    expect(await numbers(fixture("kinds.mat"), "negative")).toEqual([-1, -100, -2, -101, -3, -102]);
    expect((await openMatVariable(fixture("kinds.mat"), "empty")).dimensions).toEqual([0, 3]);
  });

  it.each([
    ["text", "char"],
    ["cells", "cell"],
    ["structure", "struct"],
    ["sparse_one", "sparse"],
    ["complex_one", "complex"],
  ])("hold %s, of a class that is refused by name", async (name, kind) => {
    await expect(openMatVariable(fixture("kinds.mat"), name)).rejects.toMatchObject({
      code: "data/class",
      message: expect.stringContaining(kind) as string,
    });
  });
});

const python = pythonWith("numpy", "scipy.io");

describe.skipIf(!python)("beside scipy itself", () => {
  const wide = `
import sys, json, numpy as np, scipy.io
rng = np.random.default_rng(3)
x = rng.integers(0, 256, (32, 32, 3, 300), dtype=np.uint8)
y = rng.integers(1, 11, (300, 1)).astype(np.uint8)
scipy.io.savemat(sys.argv[1], {"X": x, "y": y}, do_compression=sys.argv[2] == "packed")
r, g, b = x.astype(np.int64).transpose(2, 3, 0, 1)
gray = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
floats = .299 * r + .587 * g + .114 * b
assert abs(gray - floats).max() <= .51
gray.astype(np.uint8).tofile(sys.argv[1] + ".gray")
print(json.dumps((y.ravel() % 10).tolist()))
`;
  it.each(["packed", "plain"])("random images, several blocks of them, %s, come out equal", async (form) => {
    const path = join(folder, `${form}.mat`);
    const labels = runPython(python as string, wide, path, form);
    const set = await readSvhn({ name: path, bytes: readFileSync(path) }, 300);
    expect(readFileSync(`${path}.gray`).equals(set.images)).toBe(true);
    expect([...set.labels]).toEqual(labels);
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])("both read the same from a file of big-endian %s, packed %s", async (isBig, isPacked) => {
    const bytes = matFile(svhnArrays([3, 10, 7]), { isBig, isPacked });
    const path = join(folder, "own.mat");
    writeFileSync(path, bytes);
    const script = `
import sys, json, scipy.io
file = scipy.io.loadmat(sys.argv[1])
print(json.dumps([file["X"].ravel("F").tolist(), file["y"].ravel().tolist(), str(file["X"].dtype), file["X"].shape]))
`;
    const [x, y, ...kind] = runPython(python as string, script, path) as [
      number[],
      number[],
      string,
      number[],
    ];
    expect(kind).toEqual(["uint8", [32, 32, 3, 3]]);
    expect(await numbers({ name: path, bytes }, "X")).toEqual(x);
    expect(await numbers({ name: path, bytes }, "y")).toEqual(y);
    expect((await readSvhn({ name: path, bytes }, 3)).images).toEqual(grayImages(3));
  });
});

const anyPython = pythonWith("tarfile");

describe.skipIf(!anyPython)("beside Python's tarfile", () => {
  it.each(["USTAR", "GNU", "PAX"])("its archives of format %s are read", async (format) => {
    const { train, test } = cifarArchive(3);
    const path = join(folder, `${format}.tar.gz`);
    const script = `
import sys, io, json, tarfile
with tarfile.open(sys.argv[1], "w:gz", format=getattr(tarfile, sys.argv[2] + "_FORMAT")) as archive:
    folder = tarfile.TarInfo("cifar-10-batches-bin"); folder.type = tarfile.DIRTYPE
    archive.addfile(folder)
    for name, content in zip(sys.argv[3::2], sys.argv[4::2]):
        entry = tarfile.TarInfo("cifar-10-batches-bin/" + name)
        entry.size = len(content) // 2
        entry.mtime = 1234567890.25
        archive.addfile(entry, io.BytesIO(bytes.fromhex(content)))
print("null")
`;
    const files = ["test_batch", ...[3, 1, 2, 5, 4].map((number) => `data_batch_${number}`)];
    const args = files.flatMap((name) => {
      const first = name === "test_batch" ? 15 : 3 * (Number(name.slice(-1)) - 1);
      const labels = [0, 1, 2].map((i) => (3 * (first + i)) % 10);
      return [`${name}.bin`, Buffer.from(cifarRecords(labels, first)).toString("hex")];
    });
    runPython(anyPython as string, script, path, format, ...args);
    const extent = { trainThere: 15, testThere: 3, train: 15, test: 3 };
    expect(await readCifarArchive({ name: path, bytes: readFileSync(path) }, extent)).toEqual({
      train,
      test,
    });
  });
});
