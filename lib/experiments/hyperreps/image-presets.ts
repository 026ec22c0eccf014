import type { Preset } from "../../core/environment.js";
import { type HyperConfig, paperErasing } from "../../representations/hyper/config.js";
import { hyperConfig } from "../../representations/hyper/config-checks.js";
import type { HyperSetting } from "./hyper-setting.js";

/** Which zoos: those of the 2464-weight network (Table 4), or those after Unterthiner (Tables 6 and 7). */
export type ImageZoos = "mnist" | "hyp";

/** How the experiments on image zoos are run at a preset. Its config is EcD, AttN+t, permutation and erasing. */
export interface ImageSetting extends HyperSetting {
  /** Optimiser steps of each training. */
  readonly steps: number;
}

/** What all settings share: as for the tetris zoos, no dropout and a learning rate that falls along a cosine. */
const shared: Partial<HyperConfig> = {
  architecture: "AttN+t",
  loss: "EcD",
  beta: 0.9,
  augmentations: { permutation: true, erasing: paperErasing, noise: 0 },
  dropout: 0,
  learningRate: 1e-3,
  schedule: { kind: "cosine", warmup: 0.05 },
  evaluations: 20,
};

/** Chosen for two cores: narrower than the paper's, and z no wider than the token that it is read from. */
const laptop: Partial<HyperConfig> = {
  ...shared,
  blocks: 2,
  heads: 2,
  width: 128,
  hidden: 256,
  latent: 128,
  batch: 100,
};

/** As published or released: d 800 and z 500 on the MNIST zoos, d 512 and z 1200 on the others; batches of 500. */
const paper: Readonly<Record<ImageZoos, Partial<HyperConfig>>> = {
  mnist: { width: 800, hidden: 1000, latent: 500 },
  hyp: { width: 512, hidden: 1000, latent: 1200 },
};

/** The image zoos' experiments by preset. */
export function imageSetting(preset: Preset, zoos: ImageZoos): ImageSetting {
  const tooSmall = "too small to judge";
  if (preset === "smoke") {
    const tiny = { ...laptop, blocks: 1, heads: 1, width: 8, hidden: 8, latent: 6, batch: 8, evaluations: 2 };
    return { config: hyperConfig(tiny), rows: {}, seeds: 1, steps: 3, tooSmall };
  }
  if (preset === "quick") {
    const config = hyperConfig({ ...laptop, width: 64, hidden: 128, latent: 64, evaluations: 5 });
    return { config, rows: { checkpoints: 5 }, seeds: 1, steps: 60, tooSmall };
  }
  if (preset === "laptop") {
    return { config: hyperConfig(laptop), rows: {}, seeds: 1, steps: 3000 };
  }
  const config = hyperConfig({
    blocks: 4,
    heads: 4,
    batch: 500,
    dropout: 0.1,
    learningRate: 1e-4,
    schedule: { kind: "plateau", factor: 0.3, patience: 10 },
    evaluations: 100,
    ...paper[zoos],
  });
  return { config, rows: {}, seeds: 1, steps: 50_000 };
}
