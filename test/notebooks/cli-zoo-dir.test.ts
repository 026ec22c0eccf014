import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNotebook } from "#lib/workbook/runner/notebook.js";
import { code, prose, temporaryFolder, writeFixture } from "./runner-fixtures.js";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));
const series = join(folder, "series");

beforeAll(() => {
  mkdirSync(series);
  writeFixture(series, "01-plain.ipynb", [
    prose("# Without published zoos"),
    code("let models = 2;", "parameters"),
    code('console.log("01 has " + typeof (globalThis as any).zooDir + " and " + models);'),
  ]);
  for (const number of ["02", "03"]) {
    writeFixture(series, `${number}-zoos.ipynb`, [
      prose("# With published zoos"),
      code('// Where they are.\nlet zooDir = "";\nlet models = 2;', "parameters"),
      code(`console.log("${number} reads <" + zooDir + "> and " + models);`),
    ]);
  }
});

/** Runs the series in its folder, as a reader would who names the zoos' folder relative to it. */
function weightbook(...args: string[]) {
  const out = join(folder, "site");
  const ran = spawnSync(process.execPath, [cli, "run", "--notebooks", series, "--out", out, ...args], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, WEIGHTBOOK_PRESET: "smoke" },
  });
  return { ...ran, out };
}

describe("weightbook run --zoo-dir", () => {
  it("sets the parameter zooDir to the absolute path, in the notebooks that have it only", () => {
    const { status, stdout, out } = weightbook("--zoo-dir", "their zoos");
    expect(status).toBe(0);
    const wanted = join(realpathSync(folder), "their zoos");
    expect(stdout).toContain("01 has undefined and 2");
    expect(stdout).toContain(`02 reads <${wanted}> and 2`);
    expect(stdout).toContain(`03 reads <${wanted}> and 2`);
    const sources = (name: string) =>
      readNotebook(join(out, "notebooks", `${name}.ipynb`))
        .cells.map(({ source }) => source)
        .join("\n");
    expect(sources("01-plain")).not.toContain("their zoos");
    expect(sources("02-zoos")).toContain("their zoos");
  });

  it("leaves it empty where nothing is said", () => {
    const { status, stdout } = weightbook("--only", "2");
    expect(status).toBe(0);
    expect(stdout).toContain("02 reads <> and 2");
  });

  it("is refused where no chosen notebook can use it", () => {
    const { status, stdout, stderr } = weightbook("--only", "1", "--zoo-dir", "zoos");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain('none of the chosen notebooks has a parameter "zooDir"; they know models');
  });
});
