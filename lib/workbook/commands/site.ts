import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot, siteFolder } from "../../core/environment.js";
import { type Command, type Context, readArguments } from "../command.js";
import { listSeries } from "../series.js";
import { writeSite } from "../site/write.js";

const help = `weightbook site [--notebooks DIR] [--out DIR] [--json]

Writes the site from notebooks as they are, without running them. \`weightbook run\` writes it from what it ran.

  --notebooks DIR    folder of the notebooks (default: the project's, with their committed outputs)
  --out DIR          folder of the site (default: the project's site)
`;

const options = {
  notebooks: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
} as const;

async function run(args: readonly string[], { print }: Context): Promise<number> {
  const { values } = readArguments("site", args, options);
  const folder = resolve(values.notebooks ?? join(projectRoot, "notebooks"));
  const notebooks = listSeries(folder).map(({ path }) => path);
  const index = writeSite({ notebooks, out: resolve(values.out ?? siteFolder()) });
  const text = `The site is ready: open ${index}\n  ${pathToFileURL(index).href}\n`;
  print(values.json ? `${JSON.stringify({ site: index, notebooks: notebooks.length })}\n` : text);
  return 0;
}

export const siteCommand: Command = { help, run };
