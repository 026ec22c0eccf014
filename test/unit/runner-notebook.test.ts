import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Cell, type Notebook, notebookText, readNotebook } from "#lib/workbook/runner/notebook.js";
import { collapseProgress } from "#lib/workbook/runner/outputs.js";
import { injectParameters, parameterNames, parseParameter } from "#lib/workbook/runner/parameters.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-unit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const cell = (source: string, tags?: string[]): Cell => ({
  cell_type: "code",
  id: "a",
  source,
  metadata: tags ? { tags } : {},
  outputs: [],
  execution_count: null,
});
const notebook = (...cells: Cell[]): Notebook => ({ cells, metadata: {} });

describe("notebook files", () => {
  const full = notebook({
    ...cell("let a = 1;\nlet b = 2;\n\n"),
    execution_count: 2,
    outputs: [
      { output_type: "stream", name: "stdout", text: "ü\nlast" },
      {
        output_type: "display_data",
        metadata: {},
        data: { "text/plain": "x\ny", "application/json": { b: [1, []], a: {} } },
      },
    ],
  });

  it("are written as nbformat lays them out: one space, sorted fields, lines, a last line break", () => {
    expect(notebookText(full)).toBe(
      [
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": 2,\n   "id": "a",\n   "metadata": {},',
        '   "outputs": [\n    {\n     "name": "stdout",\n     "output_type": "stream",',
        '     "text": [\n      "ü\\n",\n      "last"\n     ]\n    },',
        '    {\n     "data": {\n      "application/json": {\n       "a": {},\n       "b": [\n        1,\n        []\n       ]\n      },',
        '      "text/plain": [\n       "x\\n",\n       "y"\n      ]\n     },',
        '     "metadata": {},\n     "output_type": "display_data"\n    }\n   ],',
        '   "source": [\n    "let a = 1;\\n",\n    "let b = 2;\\n",\n    "\\n"\n   ]\n  }\n ],',
        ' "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n',
      ].join("\n"),
    );
  });

  it("come back as they were", () => {
    const path = join(folder, "full.ipynb");
    writeFileSync(path, notebookText(full));
    expect(readNotebook(path)).toEqual(full);
  });

  it("that are damaged are refused by name", () => {
    const path = join(folder, "broken.ipynb");
    writeFileSync(path, '{"cells": [');
    expect(() => readNotebook(path)).toThrow("broken.ipynb is not a notebook: it is not JSON");
    writeFileSync(path, '{"nbformat": 3, "worksheets": []}');
    expect(() => readNotebook(path)).toThrow("broken.ipynb is not a notebook of format 4");
  });

  it.skipIf(spawnSync("/usr/bin/python3", ["-c", "import nbformat"]).status !== 0)(
    "equal what nbformat writes, byte for byte (skipped where Python's nbformat is not installed)",
    () => {
      const path = join(folder, "python.ipynb");
      writeFileSync(path, notebookText(full));
      const script =
        "import nbformat, sys; sys.stdout.write(nbformat.writes(nbformat.read(sys.argv[1], 4)) + '\\n')";
      const { stdout } = spawnSync("/usr/bin/python3", ["-c", script, path], { encoding: "utf8" });
      expect(stdout).toBe(notebookText(full));
    },
  );
});

describe("parameters", () => {
  const source =
    'import * as wb from "weightbook";\nlet epochs: number = 3; // a; b = c\nlet name = "x";\n  let inner = 1;';
  const book = notebook(cell(source, ["parameters"]), cell("epochs"));

  it("are the let declarations at the start of a line", () => {
    expect(parameterNames(book)).toEqual(["epochs", "name"]);
    expect(parameterNames(notebook(cell("let a = 1;")))).toEqual([]);
  });

  it("are assigned in a cell of their own, which replaces an earlier one", () => {
    const once = injectParameters(book, { epochs: 1 }, "b");
    const twice = injectParameters(once, { epochs: 5, name: 'a"b' }, "b");
    expect(twice.cells).toHaveLength(3);
    expect(twice.cells[1].source).toBe('epochs = 5;\nname = "a\\"b";\nvoid 0;');
    expect(injectParameters(twice, {}, "b").cells).toEqual(book.cells);
  });

  it("that are unknown or of another type are refused", () => {
    expect(() => injectParameters(book, { epoch: 1 }, "b")).toThrow(
      'b has no parameter "epoch"; it knows epochs, name',
    );
    expect(() => injectParameters(book, { epochs: "many" }, "b")).toThrow('"epochs" of b is a number');
    expect(() => injectParameters(notebook(cell("1")), { a: 1 }, "b")).toThrow("declares none");
  });

  it("are read from name=value as JSON, else as text", () => {
    expect(parseParameter("a=3")).toEqual(["a", 3]);
    expect(parseParameter("a=laptop")).toEqual(["a", "laptop"]);
    expect(parseParameter("a=b=c")).toEqual(["a", "b=c"]);
    expect(parseParameter("a=[1,2]")).toEqual(["a", [1, 2]]);
    expect(() => parseParameter("a")).toThrow('--param wants name=value but got "a"');
  });
});

it("progress that overwrote itself keeps its last line", () => {
  expect(collapseProgress("1 of 3\r2 of 3\r3 of 3\ndone\r\n")).toBe("3 of 3\ndone\n");
  expect(collapseProgress("plain\ntext")).toBe("plain\ntext");
});
