import { describe, expect, it } from "vitest";
import { hasModules, runChecks } from "../helpers/kernel-python.js";

describe.skipIf(!hasModules("jupyter_kernel_test"))(
  "Jupyter's kernel test suite (skipped where it is not installed: environment/setup-tests.sh)",
  () => {
    it("finds the kernel by JUPYTER_PATH and passes everything but the pager, which we have not", async () => {
      const { ran, failed, skipped, stderr } = await runChecks("kernel_conformance.py");
      expect(failed, stderr).toEqual([]);
      expect(skipped).toEqual(["test_pager"]);
      expect(ran).toBe(12);
    });
  },
);
