import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNotebook } from "#lib/workbook/runner/notebook.js";
import { code, prose, scoreboardCell, temporaryFolder, writeFixture } from "./runner-fixtures.js";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));
const series = join(folder, "series");

function weightbook(...args: string[]) {
  return spawnSync(process.execPath, [cli, ...args], {
    encoding: "utf8",
    env: { ...process.env, WEIGHTBOOK_PRESET: "" },
  });
}

beforeAll(() => {
  mkdirSync(series);
  writeFixture(series, "01-good.ipynb", [
    prose("# A good notebook\n\nIt runs."),
    code("let models = 2;", "parameters"),
    code('console.log(models + " models at " + process.env.WEIGHTBOOK_PRESET);'),
    scoreboardCell,
  ]);
  writeFixture(series, "02-bad.ipynb", [prose("# A bad one"), code('\nthrow new Error("out of luck");')]);
});

describe("weightbook run", () => {
  it("runs the good, reports the bad, writes the site and exits 1", () => {
    const out = join(folder, "site");
    const before = readFileSync(join(series, "01-good.ipynb"), "utf8");
    const { status, stdout } = weightbook("run", "--notebooks", series, "--out", out, "--param", "models=5");
    expect(status).toBe(1);
    expect(stdout).toContain("5 models at quick");
    expect(stdout).toMatch(/02-bad FAILED in cell \[1\], line 2 .*Error: out of luck/);
    expect(stdout).toMatch(/trajectories\/mlp orderedEpochs +0\.357 +0\.369 +\+0\.012/);
    expect(stdout).toContain(join(out, "index.html"));
    expect(readdirSync(out).sort()).toEqual([
      "01-good.html",
      "02-bad.html",
      "assets",
      "index.html",
      "notebooks",
    ]);
    expect(readNotebook(join(out, "notebooks", "01-good.ipynb")).metadata.weightbook).toEqual({
      preset: "quick",
    });
    expect(readFileSync(join(series, "01-good.ipynb"), "utf8")).toBe(before);
  });

  it("with --write puts outputs into the notebook, leaves its sources, and repeats byte for byte", () => {
    const own = join(folder, "own");
    cpSync(series, own, { recursive: true });
    const path = join(own, "01-good.ipynb");
    const sources = readNotebook(path).cells.map(({ source }) => source);
    const args = ["run", "--notebooks", own, "--out", join(folder, "site-own"), "--only", "1", "--write"];
    const { status, stdout } = weightbook(...args, "--preset", "smoke", "--param", "models=3", "--json");
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ preset: "smoke", notebooks: [{ notebook: "01-good", cells: 4 }] });
    expect(report.scoreboard).toHaveLength(1);
    const written = readFileSync(path, "utf8");
    expect(readNotebook(path).cells.map(({ source }) => source)).toEqual(sources);
    expect(written).toContain("3 models at smoke");
    weightbook(...args, "--preset", "smoke", "--param", "models=3");
    expect(readFileSync(path, "utf8")).toBe(written);
  });

  it("stops at Ctrl-C with 130 and leaves no half-written notebook", async () => {
    const slow = join(folder, "slow");
    mkdirSync(slow);
    const source = 'console.log("has begun");\nawait new Promise((resolve) => setTimeout(resolve, 60_000));';
    writeFixture(slow, "01-slow.ipynb", [code(source)]);
    const out = join(folder, "site-slow");
    const child = spawn(process.execPath, [cli, "run", "--notebooks", slow, "--out", out, "--write"]);
    await seen(child, "has begun");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const asked = Date.now();
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(Date.now() - asked).toBeLessThan(5000);
    expect(existsSync(join(out, "notebooks"))).toBe(false);
    expect(readNotebook(join(slow, "01-slow.ipynb")).cells[0].outputs).toEqual([]);
  });

  const wrong: readonly (readonly [string[], string])[] = [
    [["--preset", "huge"], 'there is no preset "huge"; choose smoke, quick, laptop, paper'],
    [["--only", "07"], 'there is no notebook "07"; choose from 01, 02'],
    [["--param", "modles=2"], 'none of the chosen notebooks has a parameter "modles"; they know models'],
    [["--param", 'models="two"'], 'parameter "models" of 01-good.ipynb is a number'],
    [["--param", "models"], "--param wants name=value"],
    [["--timeout", "soon"], '--timeout wants a positive number but got "soon"'],
    [["--presett", "quick"], "Unknown option '--presett'"],
    [["extra"], 'does not understand "extra"'],
  ];
  it.each(wrong)("refuses %j with 2 and one sentence", (args, sentence) => {
    const { status, stdout, stderr } = weightbook("run", "--notebooks", series, ...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

/** Resolves when a text appears on a process's standard output. */
function seen(child: ChildProcess, text: string): Promise<void> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      if (output.includes(text)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code} before "${text}": ${output}`)));
  });
}
