import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runNotebook } from "#lib/workbook/runner/run.js";
import { code, prose, temporaryFolder, writeFixture } from "./runner-fixtures.js";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const streams = (outputs: readonly object[]) =>
  outputs.map((output) => ("text" in output ? output.text : "")).join("");

describe("runNotebook", () => {
  it("runs cells in order, sets parameters, passes the preset, and updates displays in place", async () => {
    const path = writeFixture(folder, "parameters.ipynb", [
      prose("# A notebook"),
      code('let epochs = 3; // more is slower\nlet name: string = "a";', "parameters"),
      code("console.log(epochs, name, process.env.WEIGHTBOOK_PRESET);"),
      code('for (const i of [1, 2, 3]) process.stdout.write("step " + i + "\\r");\nconsole.log("done");'),
      code(`const show = (globalThis as any)[Symbol.for("weightbook.display")];
            show({ "text/plain": "0 of 2" }, { displayId: "bar" });`),
      code('show({ "text/plain": "2 of 2" }, { displayId: "bar", update: true });'),
    ]);
    const before = readFileSync(path, "utf8");
    const seen: string[] = [];
    const options = { parameters: { epochs: 7 }, preset: "smoke" } as const;
    const first = await runNotebook(path, {
      ...options,
      onOutput: (output) => seen.push(output.output_type),
    });
    expect(first.report).toMatchObject({ cells: 6 });
    expect(first.report.error).toBeUndefined();
    const cells = first.notebook.cells;
    expect(cells.map(({ metadata }) => metadata.tags)).toEqual([
      undefined,
      ["parameters"],
      ["injected-parameters"],
      ...Array(4).fill(undefined),
    ]);
    expect(streams(cells[3].outputs)).toBe("7 a smoke\n");
    expect(streams(cells[4].outputs)).toBe("done\n");
    expect(seen).toContain("stream");
    const shown = { output_type: "display_data", data: { "text/plain": "2 of 2" }, metadata: {} };
    expect(cells[5].outputs).toEqual([shown]);
    expect(cells[6].outputs).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("stops at a failing cell and says which, where and why", async () => {
    const path = writeFixture(folder, "failing.ipynb", [
      prose("# A notebook"),
      code('throw new Error("expected");', "raises-exception"),
      code('const a = 1;\nconst b = 2;\nif (a < b) throw new RangeError("no room for " + a);'),
      code('console.log("never");'),
    ]);
    const { notebook, report } = await runNotebook(path);
    expect(report.error).toMatchObject({
      cell: 2,
      codeCell: 2,
      line: 3,
      source: 'if (a < b) throw new RangeError("no room for " + a);',
      ename: "RangeError",
      evalue: "no room for 1",
    });
    expect(notebook.cells[2].outputs[0].output_type).toBe("error");
    expect(notebook.cells[3].outputs).toEqual([]);
  });

  it("interrupts a cell at its limit and names it", async () => {
    const path = writeFixture(folder, "slow.ipynb", [
      code("const fine = 1;"),
      code("await new Promise((resolve) => setTimeout(resolve, 60_000));"),
    ]);
    const { report } = await runNotebook(path, { timeoutSeconds: 2 });
    expect(report.error).toMatchObject({ codeCell: 2, ename: "CellTimeout" });
    expect(report.error?.evalue).toContain("longer than 2 s");
    expect(report.seconds).toBeLessThan(20);
  });

  it("refuses what it cannot run, in one sentence", async () => {
    const path = writeFixture(folder, "plain.ipynb", [code("let models = 3;", "parameters")]);
    await expect(runNotebook(path, { parameters: { model: 4 } })).rejects.toThrow(
      'plain.ipynb has no parameter "model"; it knows models',
    );
    await expect(runNotebook(join(folder, "none.ipynb"))).rejects.toThrow("there is no notebook");
    await expect(runNotebook(path, { timeout: 3 } as object)).rejects.toThrow('has no option "timeout"');
  });
});
