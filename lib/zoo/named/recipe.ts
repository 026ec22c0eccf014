import type { Preset } from "../../core/environment.js";
import type { CnnGeometry } from "../../networks/published.js";
import type { OptimizerSpec, ZooSpec, ZooSpecInput } from "../types.js";

/** Zoos that the library knows by name. */
export type ZooName =
  | "mlp-trajectory"
  | "cnn-trajectory"
  | "tetris-seed"
  | "tetris-hyp"
  | "mnist-seed"
  | "fashion-seed"
  | "mnist-hyp-1-fix-seed"
  | "mnist-hyp-1-rand-seed"
  | "mnist-hyp-5-fix-seed"
  | "mnist-hyp-5-rand-seed"
  | "mnist-hyp"
  | "fashion-hyp"
  | "cifar10-hyp"
  | "svhn-hyp"
  | "strokes-hyp"
  | "nws";

/** What may be changed in a named zoo, where it has it; each change makes it another zoo with another key. */
export interface NamedZooOptions {
  readonly models?: number;
  readonly epochs?: number;
  readonly trainImages?: number;
  readonly testImages?: number;
  /** Another data set, by name. */
  readonly dataset?: string;
  /**
   * Where the seeds start: that of model 0 where they count up, the first one where all combinations share them. What
   * is drawn (the fields of a random zoo) is drawn from it. 1 by default, 42 in the zoos after Unterthiner et al.
   */
  readonly firstSeed?: number;
  /**
   * A change for all models after an epoch; see ZooShift. Up to it the zoo is, to the bit, the one without. Not in nws,
   * which stops early.
   */
  readonly shift?: ZooSpecInput["shift"];
  /** Trajectory zoos: keep the initial weights too, as epoch 0. The papers leave this open; not kept by default. */
  readonly keepInitial?: boolean;
  /** Trajectory zoos: how pixels become inputs; the papers leave this open; "unit" by default. */
  readonly inputScaling?: ZooSpec["inputScaling"];
  /** Trajectory zoos: another learning rate than the published one. */
  readonly learningRate?: number;
  /** Trajectory zoos: another weight decay than the published one. */
  readonly weightDecay?: number;
  /** cnn-trajectory only: see cnnTrajectory. */
  readonly geometry?: CnnGeometry;
  /** cnn-trajectory only: "as-printed" has the paper's weight decay of 0.1, with which it does not train. */
  readonly variant?: "default" | "as-printed";
}

/** Numbers of a zoo that a preset settles. */
export interface RecipeSize {
  readonly models: number;
  readonly epochs: number;
  readonly trainImages: number;
  readonly testImages: number;
}

/** The options that every named zoo has. */
export const commonOptions = ["models", "epochs", "trainImages", "testImages", "shift"] as const;

/** How a named zoo is specified. */
export interface ZooRecipe {
  readonly name: ZooName;
  readonly description: string;
  /** Where it was published. */
  readonly source: string;
  readonly variants: readonly string[];
  /** Options it has beside the common ones. */
  readonly options: readonly (keyof NamedZooOptions)[];
  readonly sizes: Readonly<Record<Preset, RecipeSize>>;
  /** All but name and size; a split only where it is not 70, 15 and 15 percent. */
  spec(size: RecipeSize, preset: Preset, options: NamedZooOptions): RecipeSpec;
}

/** What a recipe says beside its name and size. */
export type RecipeSpec = Omit<ZooSpecInput, "name" | "models" | "epochs" | "split"> &
  Partial<Pick<ZooSpecInput, "split">>;

/** The part of a specification that says on which images; `side` in pixels. */
export function images(name: string, side: number, size: RecipeSize): ZooSpec["dataset"] {
  return { name, size: side, trainImages: size.trainImages, testImages: size.testImages };
}

/** Adam with torch's defaults. */
export function adam(learningRate: number): OptimizerSpec {
  return { type: "adam", learningRate, weightDecay: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}
