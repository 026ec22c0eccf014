import type { Preset } from "../../core/environment.js";
import {
  type HyperArchitecture,
  type HyperConfig,
  tetrisConfig,
} from "../../representations/hyper/config.js";
import { hyperConfig } from "../../representations/hyper/config-checks.js";
import type { HyperSetting } from "./hyper-setting.js";

/** How the tetris experiments are run at a preset. Its config is EcD, AttN+t, permutation and erasing. */
export interface TetrisSetting extends HyperSetting {
  /** Optimiser steps of each training of a table. */
  readonly steps: {
    /** Tables 1 and 5. */
    readonly reference: number;
    /** Table 3, with six times as many trainings, and variants. */
    readonly augmentations: number;
    /** Table 2: so many that each architecture gets about the seconds of AttN+t. */
    readonly architectures: Readonly<Record<HyperArchitecture, number>>;
    /** The long run of ED and EcD. */
    readonly long: number;
  };
}

/**
 * What was chosen for two cores, in place of the paper's d 128, hidden 512, batch 500 and learning rate 1e-4 for 2500
 * epochs: a narrower transformer, a higher rate that falls along a cosine, and no dropout, which so short a training
 * does not need. Everything else is the paper's.
 */
const small: Partial<HyperConfig> = {
  width: 64,
  hidden: 128,
  batch: 250,
  learningRate: 2e-3,
  dropout: 0,
  schedule: { kind: "cosine", warmup: 0.05 },
  evaluations: 25,
};

/**
 * Steps in the seconds of one step of AttN+t, as measured on one core with OpenBLAS (batch 250, d 64): FF is cheaper,
 * weight tokens are eleven times as many.
 */
const stepsPerReference: Readonly<Record<HyperArchitecture, number>> = {
  FF: 6,
  AttW: 1 / 12,
  "AttW+t": 1 / 12,
  AttN: 0.95,
  "AttN+t": 1,
};

/** The tetris experiments' sizes. */
export function tetrisSetting(preset: Preset): TetrisSetting {
  const config = (fields: Partial<HyperConfig>) => hyperConfig(fields, tetrisConfig);
  const tooSmall = "too small to judge";
  if (preset === "smoke") {
    const tiny = { ...small, width: 8, hidden: 8, blocks: 1, latent: 6, batch: 16, evaluations: 2 };
    return { config: config(tiny), rows: {}, seeds: 1, steps: stepsOf(4, 4, 4), tooSmall };
  }
  if (preset === "quick") {
    const rows = { checkpoints: 15 };
    return {
      config: config({ ...small, evaluations: 10 }),
      rows,
      seeds: 1,
      // Without the system's BLAS a step takes half as long again, and the series shall still end in a quarter of an hour.
      steps: stepsOf(90, 30, 90),
      tooSmall,
    };
  }
  if (preset === "laptop") {
    return { config: config(small), rows: {}, seeds: 2, steps: stepsOf(2500, 2500, 45_000) };
  }
  // 2500 epochs of 52,500 rows in batches of 500.
  return { config: config({}), rows: {}, seeds: 5, steps: stepsOf(262_500, 262_500, 262_500) };
}

function stepsOf(reference: number, augmentations: number, long: number): TetrisSetting["steps"] {
  const architectures = Object.fromEntries(
    Object.entries(stepsPerReference).map(([name, share]) => [
      name,
      Math.max(2, Math.round(reference * share)),
    ]),
  ) as Record<HyperArchitecture, number>;
  return { reference, augmentations, architectures, long };
}
