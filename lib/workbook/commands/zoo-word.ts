import type { ParseArgsConfig } from "node:util";
import { UsageError } from "../../core/errors.js";
import { type Command, readArguments } from "../command.js";

/** What follows a word of `weightbook zoo`: its own flags and names; the promise holds the exit code. */
export type ZooWord = Command["run"];

type Flags<T extends NonNullable<ParseArgsConfig["options"]>> = ReturnType<typeof readArguments<T>>["values"];

/**
 * Reads the flags of a word and the one zoo that it wants.
 * @throws UsageError for a flag that the word does not know, for two zoos or none
 */
export function readZoo<T extends NonNullable<ParseArgsConfig["options"]>>(
  word: string,
  args: readonly string[],
  options: T,
): { readonly flags: Flags<T>; readonly name: string } {
  const { values, positionals } = readArguments(`zoo ${word}`, args, options, 1);
  const [name = ""] = positionals;
  if (name !== "") return { flags: values, name };
  throw new UsageError("arguments", `weightbook zoo ${word} wants a zoo, e.g. mlp-trajectory`);
}
