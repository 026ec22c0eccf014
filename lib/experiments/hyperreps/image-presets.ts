import type { Preset } from "../../core/environment.js";
import { type HyperConfig, paperErasing } from "../../representations/hyper/config.js";
import { hyperConfig } from "../../representations/hyper/config-checks.js";
import type { HyperSetting } from "./hyper-setting.js";

/** Which zoos: those of the 2464-weight network (Table 4), or those after Unterthiner (Tables 6 and 7). */
export type ImageZoos = "mnist" | "hyp";

/**
 * How the experiments on image zoos are run at a preset. Its config is EcD with permutation and erasing. z has the
 * published size: of 64 and 128 dimensions the best linear code explains 8 and 14 percent of the weights of MNIST-SEED's
 * unseen models, of 512 it explains 39.
 */
export interface ImageSetting extends HyperSetting {
  /** Optimiser steps of each training. */
  readonly steps: number;
}

/** What all settings share: as for the tetris zoos, no dropout and a learning rate that falls along a cosine. */
const shared: Partial<HyperConfig> = {
  loss: "EcD",
  augmentations: { permutation: true, erasing: paperErasing, noise: 0 },
  dropout: 0,
  learningRate: 1e-3,
  schedule: { kind: "cosine", warmup: 0.05 },
  evaluations: 20,
};

/**
 * Chosen for two cores by the reconstruction of MNIST-SEED's validation models: narrow tokens, all of which make z. One
 * compression token would have to be as wide as z, as in the paper. The contrast is the larger of the two losses and would
 * leave little of the reconstruction at a beta of .9.
 */
const laptop: Partial<HyperConfig> = {
  ...shared,
  architecture: "AttN",
  beta: 0.99,
  blocks: 2,
  heads: 2,
  width: 64,
  hidden: 128,
  batch: 100,
};

/**
 * Fits of softmaxes on thousands of weights take most of a table's time: the loss is left within about 1e-5, and weaker
 * penalties than the one after which validation rows are told worse are not tried.
 */
const softmax = { tolerance: 1e-3, untilWorse: true };

/** Dimension of z, published or released. */
const latents: Readonly<Record<ImageZoos, number>> = { mnist: 500, hyp: 1200 };

/** Width of tokens, published or released. */
const widths: Readonly<Record<ImageZoos, number>> = { mnist: 800, hyp: 512 };

/** The image zoos' experiments by preset. */
export function imageSetting(preset: Preset, zoos: ImageZoos): ImageSetting {
  const tooSmall = "too small to judge";
  if (preset === "smoke") {
    const tiny = { ...laptop, blocks: 1, heads: 1, width: 8, hidden: 8, latent: 6, batch: 8, evaluations: 2 };
    return { config: hyperConfig(tiny), rows: {}, seeds: 1, steps: 3, softmax, tooSmall };
  }
  if (preset === "quick") {
    const config = hyperConfig({ ...laptop, width: 32, hidden: 64, latent: 64, evaluations: 5 });
    return { config, rows: { checkpoints: 5 }, seeds: 1, steps: 30, softmax, tooSmall };
  }
  if (preset === "laptop") {
    return {
      config: hyperConfig({ ...laptop, latent: latents[zoos] }),
      rows: {},
      seeds: 1,
      steps: 1500,
      softmax,
    };
  }
  const config = hyperConfig({
    blocks: 4,
    heads: 4,
    batch: 500,
    dropout: 0.1,
    learningRate: 1e-4,
    schedule: { kind: "plateau", factor: 0.3, patience: 10 },
    evaluations: 100,
    width: widths[zoos],
    hidden: 1000,
    latent: latents[zoos],
  });
  return { config, rows: {}, seeds: 1, steps: 50_000, softmax };
}
