// Trains a zoo in a process of its own, so that a test can kill it: train-child.mjs FOLDER MODELS
import { trainZoo } from "#lib/zoo/training/train.js";
import { fake, noiseData, smallSpec } from "./zoo-inputs.mjs";

const [folder, models] = process.argv.slice(2);
await trainZoo(smallSpec({ models: Number(models) }), {
  dataset: noiseData(),
  folder,
  engine: fake(),
  workers: 2,
});
