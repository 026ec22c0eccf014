import type { Context, readArguments } from "../command.js";

/** Flags of `weightbook zoo`. */
export const zooOptions = {
  preset: { type: "string" },
  models: { type: "string" },
  epochs: { type: "string" },
  dataset: { type: "string" },
  folder: { type: "string" },
  workers: { type: "string" },
  shard: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Flags of all words; each uses its own. */
export type ZooFlags = ReturnType<typeof readArguments<typeof zooOptions>>["values"];

/** What follows a word of `weightbook zoo`; the promise holds the exit code. */
export type ZooAction = (flags: ZooFlags, name: string, context: Context) => Promise<number>;
