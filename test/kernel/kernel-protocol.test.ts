import { describe, expect, it } from "vitest";
import { hasModules, runChecks } from "../helpers/kernel-python.js";

describe.skipIf(!hasModules("jupyter_client"))(
  "the kernel under jupyter_client (skipped where it is not installed: environment/setup-tests.sh)",
  () => {
    it.each([
      ["answers requests as the protocol says", "protocol_checks.py", 22],
      ["is interrupted whatever it does", "interrupt_checks.py", 40],
      ["loses no output and files it under its cell", "output_checks.py", 20],
      ["ends when it should and leaves nobody behind", "lifetime_checks.py", 7],
    ])(
      "%s",
      async (_, script, least) => {
        const { ran, failed, skipped, stderr } = await runChecks(script);
        expect(failed, stderr).toEqual([]);
        expect(skipped).toEqual([]);
        expect(ran).toBeGreaterThanOrEqual(least);
      },
      240_000,
    );
  },
);
