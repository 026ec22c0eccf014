import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, expect, test } from "vitest";
import {
  cancelAll,
  clusterFolder,
  clusterSpec,
  nodeState,
  processesOf,
  scontrol,
  trainedHere,
  Workplace,
  waitFor,
  zooFiles,
} from "../helpers/slurm.js";
import { scratch, sharedScratch } from "../helpers/zoo.js";

// Shares of some seconds, so that there is something to break.
const spec = clusterSpec(6000);
const oneNode = fileURLToPath(new URL("../../environment/slurm/one-node.sh", import.meta.url));
const node = () => scontrol("show", "node", "--oneliner").match(/NodeName=(\S+)/)?.[1] ?? "";
let local: Record<string, string>;

beforeAll(async () => {
  local = await trainedHere(spec, join(sharedScratch(), "local"));
});
afterEach(async () => {
  cancelAll();
  await waitFor("idle node", () => nodeState() === "idle", 60);
});

/** Submits again what a fault left, and expects the zoo of a training here, with nothing done twice. */
async function finish(place: Workplace, shares: readonly number[]): Promise<void> {
  const before = place.written();
  expect(place.submit().submitted).toEqual(shares);
  await place.complete();
  expect(zooFiles(place.zoo)).toEqual(local);
  const after = place.written();
  for (const [name, written] of before) expect(after.get(name), name).toBe(written);
}

test("kill -9 of a task's process", async () => {
  const place = new Workplace(scratch(), spec);
  place.submit();
  const [pid] = await waitFor("training of share 3", () => {
    const found = processesOf(place.zoo, "3/8");
    return found.length > 0 && found;
  });
  process.kill(pid, "SIGKILL");
  const status = await place.stopped();
  expect(status).toMatchObject({ tasks: { done: 7, failed: 1 }, merge: "missing" });
  expect(status.failures).toMatchObject([{ task: 3, state: "FAILED" }]);
  expect(place.weightbook("zoo", "status", "zoo").status).toBe(1);
  await finish(place, [3]);
});

test("a task over its time limit keeps what it had finished", async () => {
  const place = new Workplace(scratch(), spec);
  // Share 5 hangs when its first shard is written, in the first run.
  const hang = `if [ "$SLURM_ARRAY_TASK_ID" = 5 ] && [ ! -e ${place.root}/hung ]; then
  touch ${place.root}/hung
  (until [ -e ${place.zoo}/shards/00004.safetensors ]; do sleep 0.02; done; kill -STOP $$) </dev/null >/dev/null 2>&1 &
fi`;
  place.submit("--time", "1", "--template", place.template(hang));
  const status = await place.stopped(200);
  expect(status).toMatchObject({ tasks: { done: 7, failed: 1 }, shards: { done: 15 } });
  expect(status.failures).toMatchObject([{ task: 5, state: "TIMEOUT" }]);
  await finish(place, [5]);
});

test("a full disk on one task", async () => {
  const place = new Workplace(scratch(), spec);
  // Share 2 alone sees a disk of 64 KiB where the shards are, in the first run.
  const full = `if [ "$SLURM_ARRAY_TASK_ID" = 2 ] && [ ! -e ${place.root}/filled ]; then
  touch ${place.root}/filled
  mkdir -p ${place.zoo}/shards
  exec unshare --mount bash -c 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"' ${place.zoo}/shards {{command}}
fi`;
  place.submit("--template", place.template(full));
  const status = await place.stopped();
  expect(status).toMatchObject({ tasks: { done: 7, failed: 1 }, shards: { done: 14 } });
  expect(status.failures).toMatchObject([{ task: 2, state: "FAILED" }]);
  expect(status.failures[0].says).toContain("the disk is full");
  await finish(place, [2]);
});

test("slurmd killed in mid-run: the node fails, Slurm starts its tasks again, and the zoo is the same", async () => {
  const place = new Workplace(scratch(), spec);
  place.submit();
  await waitFor("training", () => processesOf(place.zoo).length > 0);
  process.kill(Number(readFileSync(join(clusterFolder(), "slurmd.pid"), "utf8")), "SIGKILL");
  await waitFor("node that is down", () => nodeState().startsWith("down"), 90);
  const before = place.written();
  execFileSync("bash", [oneNode, "slurmd", clusterFolder()], { stdio: "ignore" });
  // Slurm puts the tasks of a lost node into the queue again: nobody submits anything.
  const status = await place.complete();
  expect(status.tasks).toMatchObject({ done: 8, failed: 0 });
  expect(zooFiles(place.zoo)).toEqual(local);
  const after = place.written();
  for (const [name, written] of before) expect(after.get(name), name).toBe(written);
});

test("the node's processes all die in mid-run", async () => {
  const place = new Workplace(scratch(), spec);
  place.submit();
  const pids = await waitFor("two trainings", () => {
    const found = processesOf(place.zoo);
    return found.length > 1 && found;
  });
  process.kill(Number(readFileSync(join(clusterFolder(), "slurmd.pid"), "utf8")), "SIGKILL");
  for (const pid of [...slurmSteps(), ...pids, ...processesOf(place.zoo)])
    spawnSync("kill", ["-9", String(pid)]);
  await waitFor("node that is down", () => nodeState().startsWith("down"), 90);
  execFileSync("bash", [oneNode, "slurmd", clusterFolder()], { stdio: "ignore" });
  await place.complete();
  expect(zooFiles(place.zoo)).toEqual(local);
});

test("a node that is drained finishes its tasks and takes no more, until it is resumed", async () => {
  const place = new Workplace(scratch(), spec);
  place.submit();
  await waitFor("training", () => processesOf(place.zoo).length > 0);
  scontrol("update", `NodeName=${node()}`, "State=DRAIN", "Reason=test");
  const drained = await place.until("waiting", ({ state }) => state === "waiting");
  expect(drained.tasks?.running).toBe(0);
  expect(drained.tasks?.waiting).toBeGreaterThan(0);
  expect(drained.tasks?.failed).toBe(0);
  expect(Object.keys(drained.reasons).length).toBeGreaterThan(0);
  expect(place.submit().submitted).toEqual([]);
  scontrol("update", `NodeName=${node()}`, "State=RESUME");
  await place.complete();
  expect(zooFiles(place.zoo)).toEqual(local);
});

test("the same script given to sbatch twice: what the first array trained, the second leaves alone", async () => {
  const place = new Workplace(scratch(), spec);
  place.submit();
  execFileSync("sbatch", [join(place.zoo, "slurm", "array.sbatch")], { cwd: place.root, stdio: "ignore" });
  await place.until("running", ({ shards }) => shards.done >= 4);
  const before = place.written();
  await place.complete();
  await place.until("over", ({ tasks }) => tasks?.running === 0 && tasks.waiting === 0);
  expect(zooFiles(place.zoo)).toEqual(local);
  for (const [name, written] of before) expect(place.written().get(name), name).toBe(written);
});

test("a shard that is altered on the disk is found by the merge, and trained again alone", async () => {
  const place = new Workplace(scratch(), spec);
  const alter = `[ "$SLURM_ARRAY_TASK_ID" != 8 ] || sleep 2`;
  place.submit("--template", place.template(alter));
  const victim = join(place.zoo, "shards", "00005.safetensors");
  await waitFor("shard 5", () => existsSync(victim));
  const bytes = readFileSync(victim);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(victim, bytes);
  const status = await place.stopped();
  expect(status).toMatchObject({ merge: "failed", shards: { done: 16 } });
  expect(status.failures).toMatchObject([{ task: "merge", state: "FAILED" }]);
  expect(status.failures[0].says).toContain("1 damaged (5)");
  expect(place.submit().submitted).toEqual([6]);
  await place.complete();
  expect(zooFiles(place.zoo)).toEqual(local);
});

/** Process ids of what slurmd started to look after jobs. */
function slurmSteps(): number[] {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,comm="], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter((line) => line.trim().endsWith("slurmstepd"))
    .map((line) => Number(line.trim().split(/\s+/)[0]));
}
