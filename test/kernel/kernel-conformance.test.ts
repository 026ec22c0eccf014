import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { projectJupyterPath } from "#lib/workbook/kernelspec.js";

const python = "/usr/bin/python3";
const isThere = spawnSync(python, ["-c", "import jupyter_kernel_test"]).status === 0;

describe.skipIf(!isThere)(
  "Jupyter's kernel test suite (skipped where it is not installed: environment/setup-tests.sh)",
  () => {
    it("finds the kernel by JUPYTER_PATH and passes", () => {
      const script = fileURLToPath(new URL("kernel_conformance.py", import.meta.url));
      const { status, stderr } = spawnSync(python, [script], {
        encoding: "utf8",
        cwd: tmpdir(),
        env: { ...process.env, JUPYTER_PATH: projectJupyterPath },
      });
      expect(stderr).toMatch(/Ran 12 tests/);
      expect(stderr).toMatch(/OK \(skipped=4\)/);
      expect(status).toBe(0);
    });
  },
);
