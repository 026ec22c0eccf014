import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "#lib/core/environment.js";
import { projectJupyterPath } from "#lib/workbook/kernelspec.js";
import { readNotebook } from "#lib/workbook/runner/notebook.js";
import { debianPython, hasModules, runChecks } from "../helpers/kernel-python.js";

describe.skipIf(!hasModules("nbclient"))(
  "the kernel under nbclient (skipped where it is not installed: environment/setup-tests.sh)",
  () => {
    it("has notebooks run and recorded completely", async () => {
      const { ran, failed, skipped, stderr } = await runChecks("nbclient_checks.py");
      expect(failed, stderr).toEqual([]);
      expect(skipped).toEqual([]);
      expect(ran).toBe(5);
    }, 180_000);
  },
);

describe.skipIf(!hasModules("nbconvert"))(
  "the kernel under nbconvert (skipped where it is not installed: environment/setup-tests.sh)",
  () => {
    it("runs the first notebook at the smoke preset, every cell counted and none failed", () => {
      const folder = join(projectRoot, "notebooks");
      const [name] = readdirSync(folder).filter((file) => file.startsWith("00-"));
      const out = mkdtempSync(join(tmpdir(), "weightbook-nbconvert-"));
      try {
        const { status, stderr } = spawnSync(
          debianPython,
          ["-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", out, join(folder, name)],
          {
            encoding: "utf8",
            env: {
              ...process.env,
              JUPYTER_PATH: projectJupyterPath,
              WEIGHTBOOK_PRESET: "smoke",
              WEIGHTBOOK_CACHE: join(out, "cache"),
            },
          },
        );
        expect({ status, stderr }).toMatchObject({ status: 0 });
        const cells = readNotebook(join(out, name)).cells.filter(({ cell_type }) => cell_type === "code");
        expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, index) => index + 1));
        const outputs = cells.flatMap((cell) => cell.outputs);
        expect(outputs.filter(({ output_type }) => output_type === "error")).toEqual([]);
        expect(outputs.some(({ output_type }) => output_type === "display_data")).toBe(true);
      } finally {
        rmSync(out, { recursive: true });
      }
    });
  },
);
