import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "../core/errors.js";

/** What a subcommand may use of the world around it. */
export interface Context {
  /** Writes to standard output. */
  readonly print: (text: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One subcommand of `weightbook`. */
export interface Command {
  /** Printed by `--help`. */
  readonly help: string;
  /** Does the work; the promise holds the exit code. */
  run(args: readonly string[], context: Context): Promise<number>;
}

type OptionsConfig = NonNullable<ParseArgsConfig["options"]>;
type Parsed<T extends OptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>;

/**
 * Reads flags and positional words.
 * @throws UsageError in one sentence for an unknown flag, a missing value or too many words
 */
export function readArguments<T extends OptionsConfig>(
  command: string,
  args: readonly string[],
  options: T,
  mostWords = 0,
): Parsed<T> {
  let parsed: Parsed<T>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as Parsed<T>;
  } catch (cause) {
    const reason = (cause as Error).message.split(/[.\n]/)[0];
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(
      "arguments",
      `weightbook ${command}: ${reason}; it knows ${["--help", ...known].join(", ")}`,
      { cause },
    );
  }
  const extra = parsed.positionals[mostWords];
  if (extra !== undefined) {
    throw new UsageError("arguments", `weightbook ${command} does not understand "${extra}"; see --help`, {
      value: extra,
    });
  }
  return parsed;
}

/** Reads a positive number from a flag. */
export function positiveNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError("arguments", `${flag} wants a positive number but got "${text}"`, { value: text });
}

/** Reads a positive whole number from a flag. */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  const value = positiveNumber(flag, text);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError("arguments", `${flag} wants a whole number but got "${text}"`, { value: text });
}
