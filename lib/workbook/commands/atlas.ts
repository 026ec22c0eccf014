import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { writeAtlas } from "../../atlas/index.js";
import { siteFolder } from "../../core/environment.js";
import { UsageError } from "../../core/errors.js";
import { RandomStream } from "../../core/random.js";
import { atlasOfZoo } from "../../experiments/zoo-atlas.js";
import { progressBar } from "../../notebook/progress-bar.js";
import { openZoo } from "../../zoo/index.js";
import { type Command, type Context, positiveNumber, readArguments } from "../command.js";
import { findZoo } from "./zoo-places.js";

const help = `weightbook atlas ZOO [--out FILE] [--colour COLUMN] [--json]

Writes a page on which one walks through a zoo: each model a point, near those whose weights are distributed alike, linked
with parallel coordinates, weight distribution descriptors and a table. The page is one file that needs no server and no
network; weights dropped on it are placed beside the models they are like.

  ZOO                a zoo's folder, or its name (its newest training in the cache, at --preset where given)

  --out FILE         the page (default: site/atlas-ZOO.html of the project)
  --colour COLUMN    column by which points are coloured first (default: test_accuracy)
  --within COLUMN    column within whose groups numbers can be normalised (default: dataset, where the zoo has several)
  --checkpoints WORD last (default: a point a model) or all (a point a checkpoint)
  --scale WORD       raw (default: weights from -5 to 5, as published) or standardised (each model's weights by their own
                     mean and deviation), which shows more where weights are small
  --windows N        windows and bins of a descriptor (default: 32 each, as published)
  --bins N
  --neighbors N      size of UMAP's neighbourhoods (default: 15)
  --seed N           of UMAP's chance (default: 1)
  --preset NAME      smoke, quick, laptop or paper
  --json             prints one JSON value
`;

const options = {
  out: { type: "string" },
  colour: { type: "string" },
  within: { type: "string" },
  checkpoints: { type: "string" },
  scale: { type: "string" },
  windows: { type: "string" },
  bins: { type: "string" },
  neighbors: { type: "string" },
  seed: { type: "string" },
  preset: { type: "string" },
  json: { type: "boolean" },
} as const;

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const { values, positionals } = readArguments("atlas", args, options, 1);
  const [name] = positionals;
  if (name === undefined) {
    throw new UsageError("arguments", "weightbook atlas wants a zoo: weightbook atlas ZOO");
  }
  const numbers = {
    windows: positiveNumber("--windows", values.windows),
    bins: positiveNumber("--bins", values.bins),
    neighbors: positiveNumber("--neighbors", values.neighbors),
  };
  const words = {
    color: values.colour,
    normalizeBy: values.within,
    checkpoints: oneOf("--checkpoints", values.checkpoints, ["last", "all"]),
    scale: oneOf("--scale", values.scale, ["raw", "standardised"]),
  };
  const zoo = await openZoo(findZoo(name, values.preset), { signal });
  const content = await atlasOfZoo(zoo, {
    ...given({ ...numbers, ...words }),
    rng: RandomStream.fromSeed(values.seed ?? "1").split("atlas"),
    signal,
    onProgress: progressBar(),
  });
  const file = resolve(values.out ?? join(siteFolder(), `atlas-${zoo.spec.name}.html`));
  const written = await writeAtlas(content, file);
  const size = (written.bytes / 1e6).toFixed(1);
  const text = `The atlas of ${written.models} models (${size} MB) is ready: open ${file}\n  ${pathToFileURL(file).href}\n`;
  print(values.json ? `${JSON.stringify(written)}\n` : text);
  return 0;
}

function oneOf<T extends string>(
  flag: string,
  word: string | undefined,
  choices: readonly T[],
): T | undefined {
  const found = choices.find((choice) => choice === word);
  if (found !== undefined || word === undefined) return found;
  throw new UsageError("arguments", `${flag} wants ${choices.join(" or ")} but got "${word}"`, {
    value: word,
  });
}

/** Without the options that were not given. */
function given<T extends object>(all: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

export const atlasCommand: Command = { help, run };
