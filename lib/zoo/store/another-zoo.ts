import { StoreError } from "../../core/errors.js";
import { canonicalJson } from "../../core/hash.js";
import { folderOwner } from "./folder-owner.js";
import type { ZooIdentity } from "./identity.js";
import { manifestIdentity, readManifest } from "./manifest.js";
import type { StatedIdentity } from "./shard.js";

/**
 * Whether two zoos are equal but for the kind of machine that trained them: one engine's version is the other's with
 * "-fma" behind it, as "lanes-2-fma" and "lanes-2".
 */
export function differsByMachine(one: StatedIdentity, other: StatedIdentity): boolean {
  const [short, long] = [one.engine, other.engine].sort((a, b) => a.length - b.length);
  const same = ({ spec, data }: StatedIdentity) => canonicalJson({ spec, data });
  return long === `${short}-fma` && same(one) === same(other);
}

/** The error of shards that machines of different kinds made. */
export function machinesDiffer(mine: StatedIdentity, theirs: StatedIdentity, place: string): StoreError {
  return new StoreError(
    "zoo/machines",
    `${place} holds shards of ${theirs.spec.name} by engine ${theirs.engine} where ${mine.engine} is wanted: the machines differ, and so would the bits; set WEIGHTBOOK_SIMD=plain on every machine, which makes all alike, and train in a new folder`,
    { value: theirs.engine },
  );
}

/** The error of a folder in which another zoo is. */
export function anotherZoo(
  folder: string,
  mine: ZooIdentity,
  theirs: StatedIdentity | undefined,
): StoreError {
  if (theirs && differsByMachine(mine, theirs)) return machinesDiffer(mine, theirs, folder);
  return new StoreError(
    "zoo/another",
    `${folder} holds a zoo of another specification, data or engine; choose another folder, or remove it`,
    { value: folder },
  );
}

/** Whether an error of opening a zoo says that there is none or none that is whole, so that one may be made. */
export function isRepairable(cause: unknown): boolean {
  return cause instanceof StoreError && ["zoo/none", "zoo/damaged"].includes(cause.code);
}

/**
 * Makes sure that a folder's manifest, where it has one, is this zoo's, and that it holds no imported zoo.
 * @throws StoreError "zoo/another" or "zoo/machines" when it is not; "zoo/format" when it is of another version
 */
export function refuseAnotherZoo(folder: string, identity: ZooIdentity): void {
  let theirs: StatedIdentity | undefined;
  try {
    const manifest = readManifest(folder);
    if (manifest.key === identity.key) return;
    theirs = manifest.kind === "trained" ? manifestIdentity(manifest) : undefined;
  } catch (cause) {
    if (!isRepairable(cause)) throw cause;
    // Shards are checked one by one; an imported zoo has none.
    if (folderOwner(folder)?.kind !== "imported") return;
  }
  throw anotherZoo(folder, identity, theirs);
}
