import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cacheFolder, projectRoot } from "../../../core/environment.js";

/** Packages that bring TensorFlow's own library; neither is installed by `npm ci`. */
export type TfjsNodeName = "@tensorflow/tfjs-node" | "@tensorflow/tfjs-node-gpu";

/** An installed package. */
interface TfjsNodePlace {
  readonly folder: string;
  readonly version: string;
}

/** Where `npm run setup:gpu` installs it. */
export function tfjsNodeFolder(): string {
  return join(cacheFolder(), "tfjs-node-gpu");
}

/**
 * Finds the package where Node looks from the project, then in the folder of `npm run setup:gpu`. Plain tfjs that goes
 * by tfjs-node's name (the project's lock file gives it to danfojs) is passed over.
 */
export function findTfjsNode(name: TfjsNodeName): TfjsNodePlace | undefined {
  for (const start of [projectRoot, tfjsNodeFolder()]) {
    try {
      const file = createRequire(join(start, "package.json")).resolve(`${name}/package.json`);
      const found = JSON.parse(readFileSync(file, "utf8")) as { name: string; version: string };
      if (found.name === name) return { folder: dirname(file), version: found.version };
    } catch {
      // Not here.
    }
  }
  return undefined;
}
