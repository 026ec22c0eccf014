import { resolve } from "node:path";
import { StoreError, UsageError } from "../../core/errors.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { mergeZoo, type TrainedZoo, type TrainingOptions } from "../../zoo/index.js";
import type { Context } from "../command.js";
import { findZoo } from "./zoo-places.js";
import { isSpecFile, parseEngine, printZoo, readSpec } from "./zoo-spec.js";
import { readZoo } from "./zoo-word.js";

const options = {
  preset: { type: "string" },
  engine: { type: "string" },
  folder: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Makes a zoo of its shards. */
export async function merge(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { flags, name } = readZoo("merge", args, options);
  const running: TrainingOptions = { signal, onProgress: progressBar() };
  let zoo: TrainedZoo;
  try {
    if (isSpecFile(name)) {
      if (flags.preset !== undefined)
        throw new UsageError("arguments", "a file says everything about its zoo; give it no --preset");
      const place = flags.folder === undefined ? {} : { folder: resolve(flags.folder) };
      const engine = flags.engine === undefined ? {} : { engine: parseEngine(flags.engine) };
      zoo = await mergeZoo(readSpec(name), { ...running, ...place, ...engine });
    } else {
      if (flags.folder !== undefined) {
        const message = `weightbook zoo merge wants a name or a folder, not both: weightbook zoo merge ${flags.folder}`;
        throw new UsageError("arguments", message, { value: flags.folder });
      }
      if (flags.engine !== undefined) {
        const message = `the shards of "${name}" say which engine trained them; give --engine with a file SPEC.json only`;
        throw new UsageError("arguments", message, { value: flags.engine });
      }
      zoo = await mergeZoo(findZoo(name, flags.preset), running);
    }
  } catch (cause) {
    if (!flags.json || !(cause instanceof StoreError) || cause.code !== "zoo/incomplete") throw cause;
    print(`${JSON.stringify({ ok: false, message: cause.message, faults: cause.value })}\n`);
    return 1;
  }
  printZoo(zoo, flags.json, print);
  return 0;
}
