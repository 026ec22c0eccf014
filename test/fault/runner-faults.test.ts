import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runNotebook } from "#lib/workbook/runner/run.js";
import { code, temporaryFolder, writeFixture } from "../notebooks/runner-fixtures.js";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));

const notePid = (name: string) =>
  `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(join(folder, name))}, String(process.pid));`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until something holds; fails the test when it does not within the limit. */
async function until(holds: () => boolean, limitMs: number, what: string): Promise<void> {
  for (const started = Date.now(); !holds(); ) {
    if (Date.now() - started > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const pidIn = (name: string) => Number(readFileSync(join(folder, name), "utf8"));

describe("a run", () => {
  it("whose kernel is killed says so and names the cell", async () => {
    const path = writeFixture(folder, "killed.ipynb", [
      code('console.log("before");'),
      code('process.kill(process.pid, "SIGKILL");'),
    ]);
    const { notebook, report } = await runNotebook(path);
    expect(report.error).toMatchObject({ codeCell: 2, ename: "KernelDied" });
    expect(report.error?.evalue).toContain("SIGKILL");
    expect(notebook.cells[0].outputs).toHaveLength(1);
  });

  it("kills a kernel that an interrupt does not free", async () => {
    const path = writeFixture(folder, "stubborn.ipynb", [
      code(
        // Waits for a process that ignores interrupts.
        `${notePid("stubborn.pid")}\nimport { execSync } from "node:child_process";\nexecSync("trap '' INT; sleep 60");`,
      ),
    ]);
    const { report } = await runNotebook(path, { timeoutSeconds: 2 });
    expect(report.error).toMatchObject({ codeCell: 1, ename: "CellTimeout" });
    expect(report.error?.evalue).toContain("killed");
    await expect.poll(() => isAlive(pidIn("stubborn.pid")), { timeout: 5000 }).toBe(false);
  });

  it("that is aborted stops within two seconds and leaves no kernel", async () => {
    const path = writeFixture(folder, "aborted.ipynb", [
      code(`${notePid("aborted.pid")}\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`),
    ]);
    const controller = new AbortController();
    const running = runNotebook(path, { signal: controller.signal });
    await until(() => existsSync(join(folder, "aborted.pid")), 30_000, "the cell runs");
    const started = Date.now();
    controller.abort();
    await expect(running).rejects.toThrow("interrupted");
    expect(Date.now() - started).toBeLessThan(4000);
    expect(isAlive(pidIn("aborted.pid"))).toBe(false);
  });

  it("whose command is killed outright takes its kernel with it", async () => {
    writeFixture(folder, "01-orphan.ipynb", [
      code(`${notePid("orphan.pid")}\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`),
    ]);
    const out = join(folder, "site");
    const child = spawn(process.execPath, [cli, "run", "--notebooks", folder, "--out", out], {
      stdio: "ignore",
    });
    await until(() => existsSync(join(folder, "orphan.pid")), 30_000, "the cell runs");
    const pid = pidIn("orphan.pid");
    expect(isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    await until(() => !isAlive(pid), 10_000, "the kernel leaves");
  });
});
