import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished } from "vitest";
import { RandomStream } from "#lib/core/random.js";
import {
  familyNetwork,
  initialWeights,
  type NetworkSpec,
  tetrisMlp,
  weightLayout,
} from "#lib/networks/index.js";
import type { HyperConfig } from "#lib/representations/hyper/config.js";
import { hyperConfig } from "#lib/representations/hyper/config-checks.js";
import type { HyperModel, HyperSetup } from "#lib/representations/hyper/model.js";
import { runTraining, type TrainingTask, type TrainingWatch } from "#lib/representations/hyper/training.js";
import type { WeightRows } from "#lib/representations/types.js";

/** A convolutional network with biases and batch norm, of every kind of tensor that a layout has. */
export const normedCnn: NetworkSpec = familyNetwork({
  family: "conv-blocks",
  input: { channels: 2, height: 8, width: 8 },
  outputs: 3,
  kernel: 3,
  convLayers: 2,
  width: 3,
  denseLayers: 1,
  denseWidth: 6,
  batchNorm: true,
  activation: "elu",
});

/** Random weights of networks; no two numbers of a row are alike, so that a weight is known by its value. */
export function randomRows(network: NetworkSpec, rows: number, seed = 1): WeightRows {
  const layout = weightLayout(network);
  const rng = RandomStream.fromSeed(seed);
  const data = new Float32Array(rows * layout.parameters);
  for (let i = 0; i < rows; i++) {
    const own = rng.split(i);
    const weights = initialWeights(network, "torch-default", own);
    // Batch norm starts at ones and zeros; a variance has to be positive.
    for (const { name, shape, offset } of layout.tensors) {
      if (["kernel", "bias"].includes(name)) continue;
      for (let c = 0; c < shape[0]; c++) weights[offset + c] = own.uniform(0.5, 1.5);
    }
    data.set(weights, i * layout.parameters);
  }
  return { weights: { data, rows, cols: layout.parameters }, layout, network };
}

/** Tetris networks that a hyper-representation can learn: all mix a few vectors. */
export function learnableRows(rows: number, seed = 1): WeightRows {
  const directions = randomRows(tetrisMlp(), 3, 99).weights;
  const rng = RandomStream.fromSeed(seed).split("learnable");
  const { cols } = directions;
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const shares = [rng.normal(), rng.normal(), rng.normal()];
    for (let j = 0; j < cols; j++) {
      data[i * cols + j] = shares.reduce((sum, share, d) => sum + share * directions.data[d * cols + j], 0);
    }
  }
  const network = tetrisMlp();
  return { weights: { data, rows, cols }, layout: weightLayout(network), network };
}

const small: Partial<HyperConfig> = {
  width: 8,
  hidden: 8,
  blocks: 1,
  latent: 4,
  batch: 8,
  steps: 12,
  evaluations: 4,
  dropout: 0,
  learningRate: 5e-3,
  schedule: { kind: "constant" },
};

/** A configuration that trains in a fraction of a second. */
export function tinyConfig(fields: Partial<HyperConfig> = {}): HyperConfig {
  return hyperConfig({ ...small, ...fields });
}

export const train = learnableRows(30, 1);
export const validation = learnableRows(12, 2);

/** A folder that is removed after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-hyper-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const leftovers: string[] = [];
afterAll(() => {
  for (const folder of leftovers) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed after the last test of the file. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-hypers-"));
  leftovers.push(folder);
  return folder;
}

export function tinySetup(fields: Partial<HyperConfig> = {}, seed = 1): HyperSetup {
  const { layout, network } = train;
  return { config: tinyConfig(fields), seed, layout, ...(network ? { network } : {}) };
}

/** A training for this thread. */
export function tinyTask(
  fields: Partial<HyperConfig> = {},
  folder = scratchFolder(),
  seed = 1,
): TrainingTask {
  const setup = tinySetup(fields, seed);
  return { setup, train: train.weights, validation: validation.weights, folder, engine: "test" };
}

/** Everything but what a clock tells. */
export function essence({ values, step, curve, scale }: HyperModel) {
  return { values: [...values], step, scale, curve: curve.map(({ seconds: _, ...point }) => point) };
}

/** Runs a training and aborts it after `steps` steps; the checkpoint stays. */
export async function aborted(task: TrainingTask, steps: number, watch: TrainingWatch = {}): Promise<void> {
  const controller = new AbortController();
  const onStep = (step: number) => step === steps && controller.abort();
  const running = runTraining(task, { ...watch, onStep, signal: controller.signal });
  await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
}

/** Settings that keep the most beside the parameters: a resume has to restore it all. */
export const everything: Partial<HyperConfig> = {
  steps: 60,
  evaluations: 30,
  snapshots: 4,
  dropout: 0.2,
  learningRate: 0.1,
  normalise: "layers",
  schedule: { kind: "plateau", factor: 0.5, patience: 1 },
  earlyStopping: { patience: 6 },
};
