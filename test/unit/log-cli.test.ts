import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { writeCheckpoint, writeCheckpoints } from "../helpers/checkpoint-folder.js";
import { float32Bytes, scratchFolder, writeTensors } from "../helpers/interop.js";
import { falling, RunMaker } from "../helpers/made-runs.js";

const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));
const weightbook = (...args: string[]) =>
  spawnSync(process.execPath, [cli, "log", ...args], { encoding: "utf8" });

const maker = new RunMaker(1);
const parent = maker.run(falling(6));
const child = maker.walk(parent[3], falling(2, 3));
const other = maker.run(falling(4));

test("the graph has a line a checkpoint, newest on top, and a branch above what it left", () => {
  const folder = scratchFolder();
  const names = writeCheckpoints(folder, [...parent, ...child, ...other]);
  const { status, stdout } = weightbook(folder);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^14 files: 3 runs, 1 fork\n/);
  expect(stdout).toContain("14 files of 400 weights: a.bias [20], a.weight [20 x 19]");
  const graph = stdout.split("\n").filter((line) => /^[*|]/.test(line));
  expect(graph).toEqual([
    `* ${names[6]}  (run 1)`,
    `* ${names[5]}`,
    `* ${names[4]}`,
    `| * ${names[8]}  (run 2)`,
    `| * ${names[7]}`,
    "|/",
    ...[3, 2, 1, 0].map((i) => `* ${names[i]}`),
    `* ${names[13]}  (run 3)`,
    ...[12, 11, 10, 9].map((i) => `* ${names[i]}`),
  ]);
  expect(stdout).toMatch(new RegExp(`run 2: 2 checkpoints; left run 1 at ${names[3]}; .* times nearer`));
});

test("--json names files, and what is sure of each run", () => {
  const folder = scratchFolder();
  const names = writeCheckpoints(folder, [...parent, ...child]);
  writeCheckpoint(join(folder, "twin.safetensors"), parent[2]);
  const { stdout } = weightbook(folder, "--json");
  const { runs, copies, layouts, families, files, skipped } = JSON.parse(stdout);
  expect([files, families, skipped]).toEqual([10, 1, []]);
  expect(runs.map((run: { checkpoints: string[] }) => run.checkpoints.length)).toEqual([7, 2]);
  expect(runs[1].fork).toMatchObject({ parent: 0, checkpoint: names[3] });
  expect(runs[0]).toMatchObject({ fork: null, family: 0, layout: 0, clearness: 1, separation: null });
  expect(copies).toEqual([[names[2], "twin.safetensors"].sort()]);
  expect(layouts).toMatchObject([{ parameters: 400, files: 10, foldedTo: null }]);
});

test("--svg and --html write the picture", () => {
  const folder = scratchFolder();
  writeCheckpoints(folder, [...parent, ...child]);
  const [svg, html] = ["log.svg", "log.html"].map((name) => join(folder, name));
  expect(weightbook(folder, "--svg", svg, "--html", html).status).toBe(0);
  expect(readFileSync(svg, "utf8")).toMatch(/^<svg .*9 checkpoints sorted into 2 runs/);
  const { document } = new JSDOM(readFileSync(html, "utf8")).window;
  expect(document.querySelector("pre")?.textContent).toContain("left run 1 at");
  expect(document.querySelector("svg")).not.toBeNull();
});

test("files of several layouts are logged apart, and files that cannot be read are named", () => {
  const folder = scratchFolder();
  writeCheckpoints(folder, parent);
  writeCheckpoints(folder, other, "npy");
  writeFileSync(join(folder, "broken.safetensors"), "nonsense");
  writeFileSync(join(folder, "notes.txt"), "no weights");
  const sick = parent[0].slice();
  sick[30] = Number.NaN;
  writeCheckpoint(join(folder, "sick.safetensors"), sick);
  const { status, stdout } = weightbook(folder);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^12 files: 2 runs, no forks, 2 layouts, 2 left out\n/);
  expect(stdout).toMatch(/left out broken\.safetensors: .* is not a whole safetensors file/);
  expect(stdout).toMatch(/left out sick\.safetensors: .* holds NaN: its training diverged/);
  expect(stdout).toContain("5 files of 400 weights: [400]");
  const refused = weightbook(folder, "--runs", "2");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/holds files of 2 layouts, for which one number of runs says nothing/);
});

test("--runs overrules what the gaps say", () => {
  const folder = scratchFolder();
  writeCheckpoints(folder, [...parent, ...other]);
  expect(JSON.parse(weightbook(folder, "--json", "--runs", "1").stdout).families).toBe(1);
});

test.each([
  [[], 2, /wants a folder of checkpoints/],
  [["x", "y"], 2, /does not understand "y"/],
  [["x", "--runs", "1.5"], 2, /--runs wants a whole number/],
  [["x", "--runs", "-1"], 2, /--runs/],
  [["/nowhere/at/all"], 1, /there is no folder \/nowhere\/at\/all/],
])("%j ends with %i and one sentence", (args, code, message) => {
  const { status, stderr } = weightbook(...args);
  expect(status).toBe(code);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

test("a folder without enough weights is refused with the reason", () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "empty"));
  expect(weightbook(folder).stderr).toMatch(/holds no \.safetensors or \.npy files/);
  writeCheckpoint(join(folder, "a.safetensors"), parent[0]);
  writeFileSync(join(folder, "b.npy"), "nonsense");
  const few = weightbook(folder);
  expect(few.status).toBe(1);
  expect(few.stderr).toMatch(
    /holds 1 readable files of weights \(1 could not be read: .*b\.npy.*\); a log needs at least 3/,
  );
});

test("Ctrl-C ends it within a second", async () => {
  const folder = scratchFolder();
  // Long enough that it cannot be over before the signal: 1.4e10 multiply-adds.
  const tensor = { name: "w", dtype: "F32" as const, shape: [1 << 16] };
  for (let i = 0; i < 650; i++) {
    const data = new Uint8Array(4 << 16);
    data.set(float32Bytes(i, 1 + i), 4 * i);
    writeTensors(join(folder, `${i}.safetensors`), [{ ...tensor, data }]);
  }
  const process_ = spawn(process.execPath, [cli, "log", folder]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const asked = performance.now();
  process_.kill("SIGINT");
  const status = await new Promise((resolve) => process_.on("close", resolve));
  expect(performance.now() - asked).toBeLessThan(1500);
  expect(status).toBe(130);
}, 30_000);
