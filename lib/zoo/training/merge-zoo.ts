import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { checkOptions, StoreError, throwIfAborted } from "../../core/errors.js";
import { removeAbandonedTemporaries } from "../../core/files.js";
import { interruptible } from "../../core/interrupt.js";
import type { StopOptions } from "../../core/progress.js";
import { rangesText } from "../../core/ranges.js";
import {
  anotherZoo,
  differsByMachine,
  isRepairable,
  machinesDiffer,
  refuseAnotherZoo,
} from "../store/another-zoo.js";
import { firstShardIdentity, identityFromShards } from "../store/folder-owner.js";
import type { ZooIdentity } from "../store/identity.js";
import { manifestFile, manifestIdentity, readManifest } from "../store/manifest.js";
import { mergeShards } from "../store/merge.js";
import { planShards } from "../store/plan.js";
import { checkShard, type ShardCheck, type ShardRecord, shardIdentity } from "../store/shard.js";
import type { TrainedZoo } from "../store/zoo.js";
import type { ZooSpecInput } from "../types.js";
import { openIfWhole } from "./train.js";
import { setUpTraining, type TrainingOptions, trainingOptions } from "./training.js";

/**
 * Makes a zoo of shards that were trained one by one, e.g. by tasks of a cluster: checks every shard by its hash, then
 * writes the merged pair and the manifest. The files are those of a zoo trained at once, to the bit. A zoo that is
 * merged already is checked and opened.
 * @param zoo a folder, or the specification that was trained (with the same options)
 * @throws StoreError "zoo/incomplete" that names the missing and the damaged shards and what to run; "zoo/machines" when
 *   machines of different kinds made them; "zoo/none" when the folder holds no shard; and as trainZoo
 */
export async function mergeZoo(zoo: string | ZooSpecInput, given: TrainingOptions = {}): Promise<TrainedZoo> {
  const options = interruptible(given);
  const stop = { signal: options.signal };
  checkOptions(options, trainingOptions, "mergeZoo");
  const { folder, identity } =
    typeof zoo === "string" ? identityOf(resolve(zoo)) : await setUpTraining(zoo, options);
  refuseAnotherZoo(folder, identity);
  const existing = await openIfWhole(folder, stop);
  if (existing) return existing;
  removeAbandonedTemporaries(folder);
  await mergeShards(folder, identity, await soundShards(folder, identity, stop), options);
  const merged = await openIfWhole(folder, stop);
  if (merged) return merged;
  throw new StoreError("zoo/damaged", `${folder} changed while it was merged; merge it again`, {
    value: folder,
  });
}

/** Which zoo a folder holds, by its manifest or by its shards. */
function identityOf(folder: string): { readonly folder: string; readonly identity: ZooIdentity } {
  let identity: ZooIdentity | undefined;
  try {
    const manifest = readManifest(folder);
    if (manifest.kind === "trained") identity = manifestIdentity(manifest);
  } catch (cause) {
    if (!isRepairable(cause)) throw cause;
  }
  identity ??= identityFromShards(folder);
  if (identity) return { folder, identity };
  const message = `there is no shard of a zoo in ${folder}; name the folder in which the shards were trained`;
  throw new StoreError("zoo/none", message, { value: folder });
}

/** Records of all shards of a zoo. */
async function soundShards(folder: string, identity: ZooIdentity, stop: StopOptions): Promise<ShardRecord[]> {
  const records: ShardRecord[] = [];
  const faults: ShardCheck[] = [];
  const plan = planShards(identity.spec, identity.layouts);
  for (const shard of plan) {
    throwIfAborted(stop.signal, `merging ${identity.spec.name}`);
    const check = await checkShard(folder, identity, shard, stop);
    if (check.state === "foreign") {
      throw anotherZoo(folder, identity, shardIdentity(join(folder, shard.weightsFile)));
    }
    if (check.record) records.push(check.record);
    else faults.push(check);
  }
  if (faults.length === 0) return records;
  refuseOtherMachines(folder, identity, faults);
  throw incomplete(folder, identity, faults, plan.length);
}

/**
 * Looks for missing shards where a machine of another kind would have put them: beside this folder, in one that is not
 * finished either. A whole zoo there says nothing of what is missing here.
 */
function refuseOtherMachines(folder: string, identity: ZooIdentity, faults: readonly ShardCheck[]): void {
  const missing = faults.filter(({ state }) => state === "missing");
  const around = dirname(folder);
  for (const name of readdirSync(around).sort()) {
    const place = join(around, name);
    if (existsSync(join(place, manifestFile))) continue;
    if (!missing.some(({ shard }) => existsSync(join(place, shard.weightsFile)))) continue;
    const theirs = firstShardIdentity(place);
    if (theirs && differsByMachine(identity, theirs)) throw machinesDiffer(identity, theirs, place);
  }
}

function incomplete(
  folder: string,
  { spec }: ZooIdentity,
  faults: readonly ShardCheck[],
  all: number,
): StoreError {
  const named = (state: string, of: (check: ShardCheck) => boolean) => {
    const indices = faults.filter(of).map(({ shard }) => shard.index);
    return indices.length === 0 ? [] : [`${indices.length} ${state} (${rangesText(indices)})`];
  };
  const missing = named("missing", ({ state }) => state === "missing");
  const broken = named("damaged", ({ state }) => state !== "missing");
  return new StoreError(
    "zoo/incomplete",
    `of the ${all} shards of ${spec.name} in ${folder}, ${[...missing, ...broken].join(" and ")}; train them (weightbook zoo train with the same specification and --folder, or the tasks --shard i/n that ended early), then merge again`,
    { value: faults.map(({ shard, state }) => ({ shard: shard.index, state })) },
  );
}
