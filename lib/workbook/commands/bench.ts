import { UsageError } from "../../core/errors.js";
import type { BenchLine } from "../bench/line.js";
import { benchZoo, zooCaseNames } from "../bench/zoo.js";
import { type Command, type Context, readArguments } from "../command.js";

const help = `weightbook bench NAME [--case CASE] [--peer]

Measures speed on this machine and prints one JSON object a line: ours, the rival's, and ratio (ours over theirs by the
medians of alternating runs: below 1 is faster).

  NAME             zoo
  --case CASE      one case only: ${zooCaseNames.join(", ")}
  --peer           runs the rival implementations beside ours (Python with torch; see test/bench/peers)
`;

const options = { case: { type: "string" }, peer: { type: "boolean" } } as const;

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("bench", args, options, 1);
  const [name = ""] = positionals;
  if (name !== "zoo") {
    throw new UsageError("arguments", `weightbook bench knows zoo but got "${name}"`, { value: name });
  }
  const wanted = values.case;
  if (wanted !== undefined && !zooCaseNames.includes(wanted)) {
    const message = `bench zoo has no case "${wanted}"; choose ${zooCaseNames.join(", ")}`;
    throw new UsageError("arguments", message, { value: wanted });
  }
  const onLine = (line: BenchLine) => print(`${JSON.stringify(line)}\n`);
  await benchZoo(wanted === undefined ? zooCaseNames : [wanted], values.peer ?? false, signal, onLine);
  return 0;
}

export const benchCommand: Command = { help, run };
