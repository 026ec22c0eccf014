/** Numbers of some models, ascending and each once. */
export type Members = Int32Array;

/** How what was just picked changes a selection. */
export type Combine = "replace" | "add" | "remove" | "toggle";

/** No model. */
export const noMembers: Members = new Int32Array(0);

/** Sorts and drops repeats. */
export function toMembers(models: Iterable<number>): Members {
  return Int32Array.from(new Set(models)).sort();
}

/** 1 for each member: [models]. */
export function maskOf(members: Members, models: number): Uint8Array {
  const mask = new Uint8Array(models);
  for (const model of members) mask[model] = 1;
  return mask;
}

/** The models whose mask is not 0. */
export function membersOf(mask: Uint8Array): Members {
  let count = 0;
  for (const value of mask) if (value) count++;
  const members = new Int32Array(count);
  for (let model = 0, at = 0; at < count; model++) if (mask[model]) members[at++] = model;
  return members;
}

/** A selection after `picked` was added to it, taken from it, or put in its place. */
export function combine(current: Members, picked: Members, how: Combine): Members {
  if (how === "replace") return picked;
  const inPicked = new Set(picked);
  const kept = how === "add" ? current : current.filter((model) => !inPicked.has(model));
  if (how === "remove") return kept;
  const inCurrent = new Set(current);
  return toMembers([...kept, ...(how === "add" ? picked : picked.filter((model) => !inCurrent.has(model)))]);
}

/** Whether two selections hold the same models. */
export function sameMembers(a: Members, b: Members): boolean {
  return a === b || (a.length === b.length && a.every((model, i) => model === b[i]));
}
