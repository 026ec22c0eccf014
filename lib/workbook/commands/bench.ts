import { UsageError } from "../../core/errors.js";
import { analysisCaseNames, benchAnalysis } from "../bench/analysis.js";
import { atlasCaseNames, benchAtlas } from "../bench/atlas.js";
import { benchKernel, kernelCaseNames } from "../bench/kernel.js";
import type { BenchLine } from "../bench/line.js";
import { benchScale, scaleCaseNames } from "../bench/scale.js";
import { benchTensors, tensorCaseNames } from "../bench/tensors.js";
import { benchZoo, zooCaseNames } from "../bench/zoo.js";
import { type Command, type Context, readArguments } from "../command.js";

interface Bench {
  readonly cases: readonly string[];
  readonly run: typeof benchZoo;
}

const benches: Readonly<Record<string, Bench>> = {
  zoo: { cases: zooCaseNames, run: benchZoo },
  kernel: { cases: kernelCaseNames, run: benchKernel },
  tensors: { cases: tensorCaseNames, run: benchTensors },
  analysis: { cases: analysisCaseNames, run: benchAnalysis },
  atlas: { cases: atlasCaseNames, run: benchAtlas },
  scale: { cases: scaleCaseNames, run: benchScale },
};
const known = Object.keys(benches).join(", ");

const help = `weightbook bench NAME [--case CASE] [--peer]

Measures speed on this machine and prints one JSON object a line: ours, the rival's, and ratio (ours over theirs by the
medians of alternating runs: below 1 is faster).

  NAME             ${known}
  --case CASE      one case only
${Object.entries(benches)
  .map(([name, { cases }]) => `                   ${name}: ${cases.join(", ")}\n`)
  .join("")}\
  --peer           runs the rivals beside ours: for zoo and tensors Python with torch (see test/bench/peers),
                   for kernel the stock kernel of tslab, for analysis numpy, scipy, scikit-learn and umap-learn;
                   the atlas has none
`;

const options = { case: { type: "string" }, peer: { type: "boolean" } } as const;

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("bench", args, options, 1);
  const [name = ""] = positionals;
  if (!Object.hasOwn(benches, name)) {
    throw new UsageError("arguments", `weightbook bench knows ${known} but got "${name}"`, { value: name });
  }
  const bench = benches[name];
  const wanted = values.case;
  if (wanted !== undefined && !bench.cases.includes(wanted)) {
    const message = `bench ${name} has no case "${wanted}"; choose ${bench.cases.join(", ")}`;
    throw new UsageError("arguments", message, { value: wanted });
  }
  const onLine = (line: BenchLine) => print(`${JSON.stringify(line)}\n`);
  await bench.run(wanted === undefined ? bench.cases : [wanted], values.peer ?? false, signal, onLine);
  return 0;
}

export const benchCommand: Command = { help, run };
