// Trains a zoo with the library's own engine, gated, in a process of its own: train-real-child.mjs SPEC.json
// Its place is the default one in WEIGHTBOOK_CACHE.
import { readFileSync } from "node:fs";
import { trainZoo } from "#lib/zoo/training/train.js";

const spec = JSON.parse(readFileSync(process.argv[2], "utf8"));
const engine = { module: new URL("./gated-engine.mjs", import.meta.url).href, name: "gatedEngine" };
const zoo = await trainZoo(spec, { engine, workers: 2 });
process.stdout.write(zoo.folder);
