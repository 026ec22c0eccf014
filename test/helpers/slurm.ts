import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sha256 } from "#lib/core/hash.js";
import type { ZooSpec, ZooStatus, ZooSubmission } from "#lib/zoo/index.js";
import { namedZoo } from "#lib/zoo/named.js";
import { trainZoo } from "#lib/zoo/training/train.js";

const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));

/** 64 models in 16 shards; with more images a share of two shards takes seconds. */
export function clusterSpec(trainImages = 300): ZooSpec {
  const size = { dataset: "strokes", models: 64, epochs: 2, trainImages, testImages: 100 };
  return namedZoo("cnn-trajectory", "smoke", size);
}

/** A folder with a specification in spec.json, and the command run there. */
export class Workplace {
  constructor(
    readonly root: string,
    readonly spec: ZooSpec,
  ) {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "spec.json"), JSON.stringify(spec));
  }

  get zoo(): string {
    return join(this.root, "zoo");
  }

  weightbook(...args: string[]) {
    const env = { ...process.env, WEIGHTBOOK_CACHE: join(this.root, "cache") };
    return spawnSync(process.execPath, [cli, ...args], { cwd: this.root, env, encoding: "utf8" });
  }

  submit(...flags: string[]): ZooSubmission {
    const words = ["zoo", "submit", "spec.json", "--shards", "8", "--store", "zoo", "--json", ...flags];
    const { status, stdout, stderr } = this.weightbook(...words);
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as ZooSubmission;
  }

  status(): ZooStatus {
    return JSON.parse(this.weightbook("zoo", "status", "zoo", "--json").stdout) as ZooStatus;
  }

  /** Waits until the status is as wanted. */
  async until(what: string, isSo: (status: ZooStatus) => boolean, seconds = 150): Promise<ZooStatus> {
    const end = Date.now() + 1000 * seconds;
    for (;;) {
      const status = this.status();
      if (isSo(status)) return status;
      if (Date.now() > end)
        throw new Error(`not ${what} after ${seconds} s: ${JSON.stringify(status)}\n${queue()}`);
      await sleep(300);
    }
  }

  complete(seconds?: number): Promise<ZooStatus> {
    return this.until("complete", ({ state }) => state === "complete", seconds);
  }

  stopped(seconds?: number): Promise<ZooStatus> {
    return this.until("stopped", ({ state }) => state === "stopped", seconds);
  }

  /** What tells a file that was written anew from one that was left alone, by shard. */
  written(): Map<string, string> {
    const shards = join(this.zoo, "shards");
    if (!existsSync(shards)) return new Map();
    const names = readdirSync(shards).filter((name) => name.endsWith(".safetensors"));
    return new Map(
      names.map((name) => {
        const { ino, mtimeNs } = statSync(join(shards, name), { bigint: true });
        return [name, `${ino} ${mtimeNs}`];
      }),
    );
  }

  /** A copy of the array's template with lines before the task's command. */
  template(...lines: string[]): string {
    const own = fileURLToPath(new URL("../../environment/slurm/array.sbatch", import.meta.url));
    const path = join(this.root, "own.sbatch");
    const text = readFileSync(own, "utf8");
    // A function, since a text would have its dollar signs read.
    writeFileSync(
      path,
      text.replace("exec {{command}}", (command) => [...lines, command].join("\n")),
    );
    return path;
  }

  log(task: number | "merge"): string {
    const place = join(this.zoo, "slurm", "logs");
    const isOf = (name: string) =>
      task === "merge" ? name.startsWith("merge-") : name.endsWith(`_${task}.log`);
    return readdirSync(place)
      .filter(isOf)
      .sort()
      .map((name) => readFileSync(join(place, name), "utf8"))
      .join("");
  }
}

/** SHA-256 of the files that are a zoo, by path; what a run on a cluster keeps beside them is none. */
export function zooFiles(folder: string): Record<string, string> {
  const names = ["manifest.json", "weights.safetensors", "checkpoints.parquet"];
  const shards = readdirSync(join(folder, "shards"))
    .sort()
    .map((name) => `shards/${name}`);
  return Object.fromEntries(
    [...names, ...shards].map((name) => [name, sha256(readFileSync(join(folder, name)))]),
  );
}

/** The files of a zoo that is trained here, in one go. */
export async function trainedHere(spec: ZooSpec, folder: string): Promise<Record<string, string>> {
  await trainZoo(spec, { folder, workers: 2 });
  return zooFiles(folder);
}

export function queue(): string {
  return execFileSync("squeue", ["--array", "--states=all"], { encoding: "utf8" });
}

export function scontrol(...args: string[]): string {
  return execFileSync("scontrol", args, { encoding: "utf8" });
}

/** The state of the one node, e.g. idle, mixed, down. */
export function nodeState(): string {
  return execFileSync("sinfo", ["--noheader", "--format=%T"], { encoding: "utf8" }).trim();
}

export function cancelAll(): void {
  spawnSync("scancel", ["--user=root", "--quiet"]);
}

/** Process ids of the trainings of a share in a folder. */
export function processesOf(folder: string, share?: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const words = commandLine(pid);
      const at = words.indexOf("--shard");
      return at > 0 && words.includes(folder) && (share === undefined || words[at + 1] === share);
    });
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** Waits until something is there; returns it. */
export async function waitFor<T>(what: string, find: () => T | undefined | false, seconds = 60): Promise<T> {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`no ${what} after ${seconds} s\n${queue()}`);
    await sleep(50);
  }
}

/** The folder of the test's Slurm, which holds its process ids. */
export function clusterFolder(): string {
  return process.env.WEIGHTBOOK_SLURM_TEST ?? dirname(process.env.SLURM_CONF ?? "");
}
