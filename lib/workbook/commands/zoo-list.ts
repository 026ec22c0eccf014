import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Preset, parsePreset, presets } from "../../core/environment.js";
import { listNamedZoos, zoosFolder } from "../../zoo/index.js";
import { type Context, readArguments } from "../command.js";
import { storedZoos } from "./zoo-places.js";

const options = { preset: { type: "string" }, json: { type: "boolean" } } as const;

/** Prints the zoos known by name, two lines each, and those that are stored here. */
export async function list(args: readonly string[], { print }: Context): Promise<number> {
  const { json, preset } = readArguments("zoo list", args, options).values;
  const shown: readonly Preset[] = preset === undefined ? presets : [parsePreset(preset)];
  const named = listNamedZoos();
  const trained = storedZoos();
  if (json) {
    print(`${JSON.stringify({ named, trained })}\n`);
    return 0;
  }
  print(`Models x epochs x training images at ${shown.join(", ")}:\n\n`);
  for (const zoo of named) {
    const sizes = shown.map((name) => {
      const { models, epochs, trainImages } = zoo.presets[name];
      return `${models} x ${epochs} x ${trainImages}`;
    });
    print(`${zoo.name.padEnd(22)}${sizes.join(", ")}\n    ${zoo.description}; ${zoo.source}\n`);
  }
  if (trained.length === 0) print("\nNone is trained here yet.\n");
  else
    print(
      `\nIn ${zoosFolder()}, newest first:\n${trained.map((folder) => `  ${stateOf(folder)}\n`).join("")}`,
    );
  return 0;
}

function stateOf(folder: string): string {
  return `${basename(folder)}${existsSync(join(folder, "manifest.json")) ? "" : " (unfinished)"}`;
}
