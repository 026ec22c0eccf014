import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { NpyRows, writeNpyRows } from "#lib/core/npy-rows.js";
import { importUnterthiner } from "#lib/zoo/interop/index.js";
import { filesBelow, fixtures, scratchFolder } from "../helpers/interop.js";

const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));
const weightbook = (...args: string[]) =>
  spawnSync(process.execPath, [cli, "zoo", ...args], { encoding: "utf8" });

test("zoo import and zoo export from the command line", () => {
  const folder = scratchFolder();
  const [zoo, out] = [join(folder, "zoo"), join(folder, "out")];
  const source = join(fixtures, "unterthiner");
  const imported = weightbook("import", "unterthiner", source, "--folder", zoo, "--models", "2", "--json");
  expect(imported.status).toBe(0);
  expect(JSON.parse(imported.stdout)).toEqual({
    folder: zoo,
    format: "unterthiner",
    models: 2,
    checkpoints: 6,
    divergedCheckpoints: 0,
    divergedModels: 0,
  });
  const exported = weightbook("export", zoo, "--format", "npy", "--folder", out);
  expect([exported.status, exported.stdout]).toEqual([0, `wrote 6 checkpoints as npy to ${out}\n`]);
  const again = weightbook(
    "import",
    "npy",
    join(out, "weights.npy"),
    "--folder",
    join(folder, "again"),
    "--name",
    "mine",
  );
  expect(again.stdout).toMatch(
    /^imported 6 checkpoints of 2 models to .*again; 0 checkpoints of 0 models diverged/,
  );
  const nws = weightbook("import", "nws", join(fixtures, "nws"), "--folder", join(folder, "nws"), "--json");
  expect(JSON.parse(nws.stdout)).toMatchObject({ models: 2, checkpoints: 40 });
});

test("zoo verify names the way out of a damaged zoo: importing it again, if it was imported", async () => {
  for (const file of ["weights.safetensors", "manifest.json"]) {
    const folder = join(scratchFolder(), "zoo");
    await importUnterthiner(join(fixtures, "unterthiner"), { folder });
    expect(weightbook("verify", folder).stdout).toMatch(/everything is whole/);
    truncateSync(join(folder, file), statSync(join(folder, file)).size - 1);
    const { status, stdout } = weightbook("verify", folder);
    expect(status).toBe(1);
    expect(stdout).toContain(`altered     ${file}`);
    expect(stdout).toMatch(/weightbook zoo import, from the same source, makes them again\n$/);
  }
});

test.each([
  [
    ["import", "zip", "x", "--folder", "y"],
    /knows the formats unterthiner, nws, npy, safetensors, not "zip"/,
  ],
  [["import", "npy", "x"], /wants a source, and where to write/],
  [["import", "npy", "x", "--folder", "y", "--models", "1.5"], /--models wants a whole number/],
  [["export", "x", "--folder", "y"], /--format wants npy, safetensors, unterthiner/],
  [["export", "--format", "npy", "--folder", "y"], /wants a zoo, --format and --folder/],
])("wrong usage is told in one line: %j", (args, message) => {
  const { status, stderr } = weightbook(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

test("Ctrl-C ends an import within a second and leaves nothing", async () => {
  const folder = scratchFolder();
  const source = join(folder, "source");
  mkdirSync(source);
  const piece = new Float32Array(1 << 20);
  // Long enough that it cannot be over before the signal: 400 MB.
  await writeNpyRows(join(source, "weights.npy"), 100, piece.length, repeated(piece, 100));
  const child = spawn(process.execPath, [
    cli,
    ...["zoo", "import", "npy", join(source, "weights.npy"), "--folder", join(folder, "zoo")],
  ]);
  while (!existsSync(join(folder, "zoo"))) await new Promise((resolve) => setTimeout(resolve, 5));
  const asked = performance.now();
  child.kill("SIGINT");
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect(performance.now() - asked).toBeLessThan(2000);
  expect(status).toBe(130);
  expect(filesBelow(folder)).toEqual(["source", join("source", "weights.npy")]);
});

async function* repeated(piece: Float32Array, times: number): AsyncGenerator<Float32Array> {
  for (let i = 0; i < times; i++) yield piece;
}

test("rows of a .npy matrix are read one by one, and as many are written as were promised", async () => {
  const path = join(scratchFolder(), "a.npy");
  await writeNpyRows(path, 3, 2, repeated(Float32Array.of(1, 2, 3), 2));
  const file = NpyRows.open(path);
  const row = new Float32Array(2);
  file.readRow(2, row);
  file.close();
  expect([...row]).toEqual([2, 3]);
  await expect(writeNpyRows(path, 4, 2, repeated(Float32Array.of(1, 2, 3), 2))).rejects.toThrow(
    /8 numbers but was given 6/,
  );
});
