import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { sha256 } from "../../core/hash.js";
import { newRun, shardsOf, writeRun } from "../../zoo/cluster/run-files.js";
import { shareComment } from "../../zoo/cluster/shares.js";
import { namedZoo, zooStatus } from "../../zoo/index.js";
import { specLayouts } from "../../zoo/store/layouts.js";
import { readManifest, trainedManifest, writeManifest } from "../../zoo/store/manifest.js";

/** A folder as a run leaves it half way, without weights, and a queue that is a text. */
export interface SimulatedRun {
  readonly metrics: { readonly status: string; readonly manifest: string };
  status(): Promise<void>;
  manifest(): Promise<void>;
  remove(): void;
}

/**
 * A run of a zoo with so many shards, a task each; half of them are there.
 * @param shards a multiple of two
 */
export function simulatedRun(shards: number): SimulatedRun {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-scale-"));
  const spec = namedZoo("mlp-trajectory", "paper", { models: 4 * shards });
  const plan = shardsOf(spec);
  const running = join(folder, "running");
  writeRun(running, spec, newRun(spec, "scale", shards, plan));
  mkdirSync(join(running, "shards"));
  for (const { index, weightsFile, tableFile } of plan) {
    if (index % 2 === 1) continue;
    for (const file of [weightsFile, tableFile]) writeFileSync(join(running, file), "");
  }
  const path = process.env.PATH;
  standIn(folder, shards);
  return {
    metrics: {
      status: `zoo status, ${shards} shards and tasks of which half are done`,
      manifest: `manifest of ${shards} shards, written and read`,
    },
    status: async () => {
      process.env.PATH = `${folder}${delimiter}${path}`;
      try {
        const { shards: there, tasks } = await zooStatus(running);
        if (there.done !== shards / 2 || tasks?.total !== shards) throw new Error(JSON.stringify(tasks));
      } finally {
        process.env.PATH = path;
      }
    },
    manifest: async () => {
      const hash = sha256("a shard");
      const identity = {
        spec,
        key: sha256("a zoo"),
        data: { name: "mnist", hash: sha256("images") },
        engine: "lanes",
        layouts: specLayouts(spec),
      };
      const records = plan.map((shard) => ({ shard, weightsSha256: hash, tableSha256: hash }));
      const place = join(folder, "merged");
      mkdirSync(place, { recursive: true });
      writeManifest(place, trainedManifest(identity, records, { weights: hash, table: hash, diverged: [] }));
      if (readManifest(place).shards.length !== shards) throw new Error("the manifest lost shards");
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A squeue that knows of the tasks that are not done: two run, the others wait. */
function standIn(folder: string, shards: number): void {
  const tasks = Array.from({ length: shards / 2 }, (_, i) => 2 * i + 2);
  const lines = tasks.map((task, i) => {
    const state = i < 2 ? "RUNNING|None" : "PENDING|Resources";
    return `1|${task}|${state}|${shareComment(shards)}`;
  });
  writeFileSync(join(folder, "queue"), `${lines.join("\n")}\n`);
  const program = join(folder, "squeue");
  writeFileSync(program, `#!/bin/sh\nexec cat ${folder}/queue\n`);
  chmodSync(program, 0o755);
}
