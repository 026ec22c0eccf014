import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeNpy } from "#lib/core/npy.js";
import {
  exportZoo,
  importCheckpoints,
  importMatrix,
  importNws,
  importUnterthiner,
} from "#lib/zoo/interop/index.js";
import { inNewFolder } from "#lib/zoo/interop/new-folder.js";
import {
  copyOfFixture,
  filesBelow,
  fixtures,
  float32Bytes,
  scratchFolder,
  writeTensors,
} from "../helpers/interop.js";

/** Imports a copy of the small CNN zoo after harm was done to it; nothing may be left. */
async function refusal(harm: (folder: string) => void): Promise<string> {
  const source = copyOfFixture("unterthiner");
  harm(source);
  const target = scratchFolder();
  const message = await importUnterthiner(source, { folder: join(target, "zoo") }).then(
    () => "it was imported",
    (error: Error) => error.message,
  );
  expect(filesBelow(target)).toEqual([]);
  return message.replaceAll(source, "SOURCE");
}

/** Replaces metrics.csv.gz by the plain file, changed line by line. */
function editMetrics(folder: string, edit: (lines: string[]) => string[]): void {
  const packed = join(folder, "metrics.csv.gz");
  const lines = gunzipSync(readFileSync(packed)).toString().trimEnd().split("\n");
  rmSync(packed);
  writeFileSync(join(folder, "metrics.csv"), `${edit(lines).join("\n")}\n`);
}

test("a truncated .npy file", async () => {
  const message = await refusal((folder) => truncateSync(join(folder, "weights.npy"), 100_000));
  expect(message).toMatch(/^SOURCE\/weights\.npy is truncated: 100000 bytes of \d+/);
});

test("a file that is no .npy file, and one that is missing", async () => {
  expect(await refusal((folder) => writeFileSync(join(folder, "weights.npy"), "PK"))).toMatch(
    /^SOURCE\/weights\.npy is not a \.npy file/,
  );
  expect(await refusal((folder) => rmSync(join(folder, "layout.csv")))).toMatch(/SOURCE\/layout\.csv/);
  expect(await refusal((folder) => rmSync(join(folder, "metrics.csv.gz")))).toMatch(
    /neither metrics\.csv nor/,
  );
});

test("a truncated gzip file", async () => {
  const message = await refusal((folder) => truncateSync(join(folder, "metrics.csv.gz"), 200));
  expect(message).toMatch(/^cannot read SOURCE\/metrics\.csv\.gz \(unexpected end of file\)/);
});

test("a column of another name", async () => {
  const rename = (lines: string[]) => [lines[0].replace("config.l2reg", "config.l2"), ...lines.slice(1)];
  expect(await refusal((folder) => editMetrics(folder, rename))).toMatch(
    /^SOURCE\/metrics\.csv, line 1: there is no column config\.l2reg; it has .*config\.l2,/,
  );
});

test("a line with too few fields", async () => {
  const cut = (lines: string[]) =>
    lines.map((line, i) => (i === 4 ? line.split(",").slice(0, 9).join(",") : line));
  expect(await refusal((folder) => editMetrics(folder, cut))).toMatch(
    /^SOURCE\/metrics\.csv, line 5: \d fields where the header has 24/,
  );
});

test("a number that is none, and a quote that is not closed", async () => {
  const spoil = (lines: string[]) =>
    lines.map((line, i) => (i === 2 ? line.replace(",0.001,", ",fast,") : line));
  expect(await refusal((folder) => editMetrics(folder, spoil))).toMatch(
    /^SOURCE\/metrics\.csv, line 3: config\.learning_rate is "fast"/,
  );
  const open = (lines: string[]) => [...lines, '"abc'];
  expect(await refusal((folder) => editMetrics(folder, open))).toMatch(
    /line 10: a quote is opened and never closed/,
  );
});

test("a number that is not whole, or too large, where a zoo has whole numbers of 32 bits", async () => {
  const seed = (line: string) => line.replace(",42,", ",4294967295,");
  expect(await refusal((folder) => editMetrics(folder, (lines) => lines.map(seed)))).toMatch(
    /^SOURCE\/metrics\.csv, line \d: seed is 4294967295; it must be a whole number of 32 bits/,
  );
  const step = (line: string) => line.replace(",20,0.6,", ",4294967316,0.6,");
  expect(await refusal((folder) => editMetrics(folder, (lines) => lines.map(step)))).toMatch(
    /^SOURCE\/metrics\.csv, line \d: step is 4294967316/,
  );
  const folder = scratchFolder();
  writeNpy(join(folder, "w.npy"), Float32Array.of(1, 2), [2, 1]);
  writeFileSync(join(folder, "facts.csv"), "model,epoch,batch_size\na,1,2\na,0,2.5\n");
  await expect(importMatrix(join(folder, "w.npy"), { folder: join(folder, "zoo") })).rejects.toMatchObject({
    code: "csv/number",
    message: expect.stringMatching(/facts\.csv, line 3: batch_size is 2\.5; it must be a whole number/),
  });
  const date = { name: "0.weight", dtype: "F32" as const, shape: [1], data: float32Bytes(1) };
  mkdirSync(join(folder, "dated"));
  writeTensors(join(folder, "dated", "net-20261121131500.safetensors"), [date]);
  await expect(importCheckpoints(join(folder, "dated"), { folder: join(folder, "zoo") })).rejects.toThrow(
    /has model net at epoch 20261121131500/,
  );
});

test("numbers of rows that differ", async () => {
  expect(await refusal((folder) => editMetrics(folder, (lines) => lines.slice(0, -1)))).toMatch(
    /^SOURCE\/weights\.npy has 8 rows and SOURCE\/metrics\.csv 7/,
  );
});

test("a layout with a gap, and one of another width", async () => {
  const edit = (from: string, to: string) => (folder: string) => {
    const path = join(folder, "layout.csv");
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  };
  expect(await refusal(edit("/bias:0,160,176", "/bias:0,161,177"))).toMatch(
    /^SOURCE\/layout\.csv, line 4: sequential\/conv2d_1\/bias:0 .* next free column is 160/,
  );
  expect(await refusal(edit('4810,4970,160,"(16, 10)"', '4810,4960,150,"(15, 10)"'))).toMatch(
    /^SOURCE\/weights\.npy has 4970 columns and layout\.csv 4960/,
  );
});

test("two rows of one model and epoch", async () => {
  const repeat = (lines: string[]) => [...lines.slice(0, -1), lines[lines.length - 2]];
  expect(await refusal((folder) => editMetrics(folder, repeat))).toMatch(
    /has model \/zoo\/c-3 twice at epoch 0/,
  );
});

test("faults of an NWS folder", async () => {
  const cases: [(folder: string) => void, RegExp][] = [
    [
      (folder) => truncateSync(join(folder, "0001/weights/007.bin"), 5352),
      /007\.bin holds 669 weights where .* 670/,
    ],
    [(folder) => truncateSync(join(folder, "0001/weights/007.bin"), 5355), /007\.bin has 5355 bytes/],
    [(folder) => rmSync(join(folder, "0002/error.bin")), /cannot open .*0002\/error\.bin/],
    [(folder) => truncateSync(join(folder, "0002/error.bin"), 80), /error\.bin holds 10 numbers/],
    [
      (folder) => {
        const path = join(folder, "nws_main_train.csv");
        writeFileSync(path, readFileSync(path, "utf8").replace(",316,354", ",316,355"));
      },
      /nws_main_train\.csv, line 2: weightn_conv \+ weightn_fc is 671 but the architecture has 670/,
    ],
    [
      (folder) => {
        const path = join(folder, "nws_main_test.csv");
        writeFileSync(path, readFileSync(path, "utf8").replace("True,0,3,", "True,9,3,"));
      },
      /nws_main_test\.csv, line 2: optimizer is "9"; it must be 0 to 2/,
    ],
    [
      (folder) => {
        const path = join(folder, "nws_main_train.csv");
        writeFileSync(path, readFileSync(path, "utf8").replace("0.00125,64,", "0.00125,64.5,"));
      },
      /nws_main_train\.csv, line 2: batch_size is 64\.5; it must be a whole number/,
    ],
  ];
  for (const [harm, message] of cases) {
    const source = copyOfFixture("nws");
    harm(source);
    const target = scratchFolder();
    await expect(importNws(source, { folder: join(target, "zoo") })).rejects.toThrow(message);
    expect(filesBelow(target)).toEqual([]);
  }
});

test("faults of checkpoint files and matrices", async () => {
  const folder = scratchFolder();
  const target = join(folder, "zoo");
  const source = join(folder, "source");
  await expect(importCheckpoints(source, { folder: target })).rejects.toThrow(/there is no .*source/);
  mkdirSync(source);
  await expect(importCheckpoints(source, { folder: target })).rejects.toThrow(/holds no \.safetensors files/);
  writeFileSync(join(source, "a-1.safetensors"), "nonsense");
  await expect(importCheckpoints(source, { folder: target })).rejects.toThrow(
    /a-1\.safetensors is not a whole/,
  );
  const tensor = { name: "0.weight", dtype: "F32" as const, shape: [1, 2], data: float32Bytes(1, 2) };
  writeTensors(join(source, "a-1.safetensors"), [tensor]);
  writeFileSync(join(source, "facts.csv"), "file,model,epoch\nb-1.safetensors,0,1\n");
  await expect(importCheckpoints(source, { folder: target })).rejects.toThrow(
    /facts\.csv, line 2: there is no file b-1\.safetensors/,
  );
  const matrix = join(folder, "w.npy");
  writeNpy(matrix, Float32Array.of(1, 2, 3, 4), [2, 2]);
  writeFileSync(join(folder, "facts.csv"), "model,epoch\n0,1\n");
  await expect(importMatrix(matrix, { folder: target })).rejects.toThrow(
    /w\.npy has 2 rows and .*facts\.csv 1/,
  );
  appendFileSync(join(folder, "facts.csv"), "0,1.5\n");
  await expect(importMatrix(matrix, { folder: target })).rejects.toThrow(/line 3: epoch is 1\.5/);
  writeFileSync(join(folder, "facts.csv"), "model,epoch\n0,1\n0,2\n");
  writeFileSync(join(folder, "layout.json"), '[{"layer":0,"name":"kernel","shape":[3],"offset":0}]');
  await expect(importMatrix(matrix, { folder: target })).rejects.toThrow(/2 columns and .*layout\.json 3/);
  expect(filesBelow(folder)).not.toContain("zoo");
});

test("an interrupt leaves nothing, neither of an import nor of an export", async () => {
  const folder = scratchFolder();
  const source = join(fixtures, "unterthiner");
  const gone = new AbortController();
  gone.abort();
  await expect(
    importUnterthiner(source, { folder: join(folder, "zoo"), signal: gone.signal }),
  ).rejects.toMatchObject({ code: "interrupted" });
  expect(filesBelow(folder)).toEqual([]);
  const zoo = await importUnterthiner(source, { folder: join(folder, "zoo") });
  for (const format of ["npy", "safetensors", "unterthiner"] as const) {
    const stopped = new AbortController();
    const options = { signal: stopped.signal, onProgress: () => stopped.abort() };
    await expect(exportZoo(zoo, join(folder, "out"), format, options)).rejects.toMatchObject({
      code: "interrupted",
    });
  }
  expect(filesBelow(folder).filter((name) => !name.startsWith("zoo"))).toEqual([]);
});

test("what a new folder replaces goes only when the new one stands in its place", async () => {
  const folder = scratchFolder();
  const place = join(folder, "out");
  mkdirSync(place);
  writeFileSync(join(place, "old"), "old");
  const replace = (work: (temporary: string) => Promise<void>) => inNewFolder(place, work, () => true);
  // Without the new folder it cannot be put in place: the last step fails.
  const failing = replace(async (temporary) => rmSync(temporary, { recursive: true }));
  await expect(failing).rejects.toMatchObject({ code: "disk/write" });
  expect(filesBelow(folder)).toEqual(["out", join("out", "old")]);
  await replace(async (temporary) => writeFileSync(join(temporary, "new"), "new"));
  expect(filesBelow(folder)).toEqual(["out", join("out", "new")]);
});

test("an export does not touch a folder that is not empty", async () => {
  const folder = scratchFolder();
  const zoo = await importUnterthiner(join(fixtures, "unterthiner"), { folder: join(folder, "zoo") });
  mkdirSync(join(folder, "out"));
  writeFileSync(join(folder, "out", "mine.txt"), "mine");
  await expect(exportZoo(zoo, join(folder, "out"), "npy")).rejects.toThrow(/is not empty/);
  expect(filesBelow(join(folder, "out"))).toEqual(["mine.txt"]);
  const replacing = exportZoo(zoo, join(folder, "out"), "npy", { replace: true });
  await expect(replacing).rejects.toThrow(/is not empty/);
  expect(filesBelow(join(folder, "out"))).toEqual(["mine.txt"]);
  // An export of our own goes, but only when that is asked for.
  const own = join(folder, "own");
  await exportZoo(zoo, own, "unterthiner");
  await expect(exportZoo(zoo, own, "npy")).rejects.toThrow(/is not empty/);
  await exportZoo(zoo, own, "npy", { replace: true });
  expect(filesBelow(own)).toContain("facts.csv");
  expect(filesBelow(own)).not.toContain("layout.csv");
});
