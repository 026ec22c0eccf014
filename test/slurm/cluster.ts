import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../environment/slurm/one-node.sh", import.meta.url));

/** Starts a Slurm of one node for all tests, and ends it after them. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-slurm-"));
  // Daemons that keep a pipe open would be waited for.
  const run = (...args: string[]) =>
    execFileSync("bash", [script, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  run("install");
  run("start", folder);
  process.env.SLURM_CONF = join(folder, "slurm.conf");
  process.env.WEIGHTBOOK_SLURM_TEST = folder;
  return () => {
    run("stop", folder);
    rmSync(folder, { recursive: true, force: true });
  };
}
