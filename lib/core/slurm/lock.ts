import { closeSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ClusterError } from "../errors.js";

/** A submission takes seconds once the shards are checked; a file older than this was left by one that was killed. */
const abandonedAfterMs = 5 * 60_000;

/**
 * Does some work while no other process does, on all machines that see the file's folder.
 * @throws ClusterError "cluster/busy" when another does
 */
export async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (since !== undefined && Date.now() - since > abandonedAfterMs) rmSync(path, { force: true });
  try {
    closeSync(openSync(path, "wx"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    const message = `${path}: another process submits the same; wait for it, or remove the file if there is none`;
    throw new ClusterError("cluster/busy", message, { value: path, cause });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
