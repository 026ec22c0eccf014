import { resolve } from "node:path";
import { parsePreset } from "../../core/environment.js";
import { UsageError } from "../../core/errors.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { stackedEngine, type TrainZooOptions, trainZoo, type ZooShare } from "../../zoo/index.js";
import { type Context, wholeNumber } from "../command.js";
import { isSpecFile, namedSpec, parseEngine, printZoo } from "./zoo-spec.js";
import { readZoo } from "./zoo-word.js";

const options = {
  preset: { type: "string" },
  models: { type: "string" },
  epochs: { type: "string" },
  dataset: { type: "string" },
  engine: { type: "string" },
  memory: { type: "string" },
  folder: { type: "string" },
  workers: { type: "string" },
  shard: { type: "string" },
  json: { type: "boolean" },
} as const;

type TrainFlags = ReturnType<typeof readZoo<typeof options>>["flags"];

/** Trains a zoo or a share of one. */
export async function train(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { flags, name } = readZoo("train", args, options);
  const preset = parsePreset(flags.preset ?? (process.env.WEIGHTBOOK_PRESET || "quick"));
  const spec = namedSpec(name, preset, flags);
  const how: TrainZooOptions = {
    signal,
    onProgress: progressBar(),
    ...(isSpecFile(name) ? {} : { preset }),
    ...engineOf(flags),
    ...(flags.folder === undefined ? {} : { folder: resolve(flags.folder) }),
    ...(flags.workers === undefined ? {} : { workers: wholeNumber("--workers", flags.workers) }),
  };
  if (flags.shard === undefined) {
    printZoo(await trainZoo(spec, how), flags.json, print);
    return 0;
  }
  const share = await trainZoo(spec, { ...how, shard: parseShare(flags.shard) });
  const { index, count: all } = share.share;
  const report = `share ${index} of ${all} of ${share.name} is trained: ${share.shards} of ${share.allShards} shards in ${share.folder}`;
  print(
    flags.json
      ? `${JSON.stringify(share)}\n`
      : `${report}\nwhen all shares are: weightbook zoo merge ${share.folder}\n`,
  );
  return 0;
}

function engineOf({ engine, memory }: TrainFlags): Pick<TrainZooOptions, "engine"> {
  const name = engine === undefined ? undefined : parseEngine(engine);
  const mebibytes = wholeNumber("--memory", memory);
  if (mebibytes === undefined) return name === undefined ? {} : { engine: name };
  if (name === "stacked") return { engine: stackedEngine({ memory: mebibytes * 2 ** 20 }) };
  const message = "--memory is what the stacked engine's tensors may take; give it with --engine stacked";
  throw new UsageError("arguments", message, { value: memory });
}

function parseShare(text: string): ZooShare {
  const [index, all] = (/^(\d+)\/(\d+)$/.exec(text)?.slice(1) ?? []).map(Number);
  if (index >= 1 && index <= all) return { index, count: all };
  throw new UsageError("arguments", `--shard wants I/N with I from 1 to N, e.g. 3/8, but got "${text}"`, {
    value: text,
  });
}
