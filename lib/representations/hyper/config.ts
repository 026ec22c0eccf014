import { SpecError } from "../../core/errors.js";

/**
 * Encoder and decoder (paper, Figures 2 and 3): one token a neuron or kernel (AttN) or a weight (AttW), with a
 * compression token (+t) or without; FF is the feed-forward baseline.
 */
export type HyperArchitecture = "FF" | "AttW" | "AttW+t" | "AttN" | "AttN+t";

/** Self-supervised losses (paper, Section 3): reconstruction, contrast, both, reconstruction with positive contrast. */
export type HyperLoss = "ED" | "Ec" | "EcD" | "Ec+D";

/** What is done to a weight vector before it is encoded. */
export interface Augmentations {
  /** Hidden neurons and channels in a new order, which keeps the network's function (Eq. 1). */
  readonly permutation: boolean;
  /** With this probability one contiguous block of low to high of the vector (shares) is set to zero; null for none. */
  readonly erasing: { readonly probability: number; readonly low: number; readonly high: number } | null;
  /** Standard deviation of normal noise on every weight; 0 for none. */
  readonly noise: number;
}

/**
 * How the two views of a sample are made: "independent" (the paper); "same-permutation": one permutation for both;
 * "identical": one view twice; "released": as the released code, independent permutations, but one view twice where
 * permutation is off.
 */
export type Views = "independent" | "same-permutation" | "identical" | "released";

/**
 * What is to be reconstructed: "permuted" the view before erasing and noise (ours); "view" the view itself, erased and
 * noisy as it is (released); "original" the vector before the permutation.
 */
export type ReconstructionTarget = "permuted" | "view" | "original";

/** How the learning rate runs: reduced when the validation loss stalls (released), half a cosine, or neither. */
export type LearningRateSchedule =
  | { readonly kind: "constant" }
  | { readonly kind: "plateau"; readonly factor: number; readonly patience: number }
  | { readonly kind: "cosine"; readonly warmup: number };

/** Everything that makes a hyper-representation but its data and its seed. */
export interface HyperConfig {
  readonly architecture: HyperArchitecture;
  readonly blocks: number;
  readonly heads: number;
  /** Width of tokens. */
  readonly width: number;
  /** Width of the blocks' hidden layer. */
  readonly hidden: number;
  /** Dimension L of the hyper-representation z. */
  readonly latent: number;
  /** Whether z is a tanh (released). */
  readonly tanh: boolean;
  readonly dropout: number;
  readonly loss: HyperLoss;
  /** Weight of the reconstruction in EcD and Ec+D; 1 - beta is the contrast's. Both losses are means. */
  readonly beta: number;
  /** Of NT-Xent (Eq. 2). */
  readonly temperature: number;
  /** Eq. 3 maximises the cosine of the two views; the released loss of that name drives it to 0. */
  readonly positive: "cosine" | "released";
  readonly augmentations: Augmentations;
  readonly views: Views;
  readonly target: ReconstructionTarget;
  /** Scale weights to mean 0 and deviation 1 within each layer, as the training rows have them. */
  readonly normalise: "none" | "layers";
  /** Optimiser steps; with early stopping the most. */
  readonly steps: number;
  /** Samples of a step; each is seen in two views. */
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: LearningRateSchedule;
  /** How often in a training the validation split is looked at, evenly spaced. */
  readonly evaluations: number;
  /** Ends when the validation loss has not fallen for so many evaluations, and keeps the best; null: keep the last. */
  readonly earlyStopping: { readonly patience: number } | null;
  /** How often the parameters are kept aside, evenly spaced, to be probed later. */
  readonly snapshots: number;
}

/** The paper's erasing: half of the views, a block of 3 to 30 percent. */
export const paperErasing = { probability: 0.5, low: 0.03, high: 0.3 } as const;
/** Deviation of the paper's noise. */
export const paperNoise = 0.05;

/** The paper's setting for the tetris zoos (Section 4.2), with what it leaves open as the released code has it. */
export const tetrisConfig: HyperConfig = {
  architecture: "AttN+t",
  blocks: 2,
  heads: 1,
  width: 128,
  hidden: 512,
  latent: 50,
  tanh: true,
  dropout: 0.1,
  loss: "EcD",
  beta: 0.9,
  temperature: 0.1,
  positive: "cosine",
  augmentations: { permutation: true, erasing: paperErasing, noise: 0 },
  views: "independent",
  target: "permuted",
  normalise: "none",
  steps: 100_000,
  batch: 500,
  learningRate: 1e-4,
  weightDecay: 1e-9,
  schedule: { kind: "plateau", factor: 0.3, patience: 10 },
  evaluations: 100,
  earlyStopping: null,
  snapshots: 0,
};

/**
 * Augmentations by the letters of Table 3: P permutation, E erasing, N noise; "P,E" both, "none" or "" neither.
 * @throws SpecError "hyper/augmentations" for other letters
 */
export function augmentations(letters: string): Augmentations {
  const chosen =
    letters === "none" || letters === "" ? [] : letters.split(",").map((letter) => letter.trim());
  const unknown = chosen.find((letter) => !["P", "E", "N"].includes(letter));
  if (unknown !== undefined) {
    const message = `augmentation "${unknown}" is unknown; give P, E and N, separated by commas, or none`;
    throw new SpecError("hyper/augmentations", message, { value: unknown });
  }
  return {
    permutation: chosen.includes("P"),
    erasing: chosen.includes("E") ? paperErasing : null,
    noise: chosen.includes("N") ? paperNoise : 0,
  };
}
