import { svmCosts } from "../../analysis/svm/cross-validation.js";
import type { Preset } from "../../core/environment.js";

/** How large the experiments on weight distribution descriptors are at a preset. */
export interface MiwdSetting {
  /** Models of the zoo. */
  readonly models: number;
  /** Models of each group of four of one architecture that are evaluated; the others fit PCA. */
  readonly perGroup: number;
  /** Numbers of each representation, ascending: squares, since a descriptor has as many windows as bins. */
  readonly sizes: readonly number[];
  readonly folds: number;
  /** Costs that the SVM chooses from. */
  readonly costs: readonly number[];
  /** Models whose neurons are permuted. */
  readonly invarianceModels: number;
  /** Of these, models that are trained again. */
  readonly retrained: number;
  /** A zoo of the paper's networks, a few times larger than the others here, for invariance; undefined where all are. */
  readonly large?: {
    readonly models: number;
    readonly epochs: number;
    readonly trainImages: number;
    readonly testImages: number;
  };
  /** Clusters that an embedding is cut into. */
  readonly clusters: number;
  /** Undefined where results can be judged, else why not. */
  readonly tooSmall?: string;
}

const small = { perGroup: 2, folds: 2, costs: [0.01], sizes: [64, 256], tooSmall: "too small to judge" };
const full = { perGroup: 1, folds: 5, costs: svmCosts, sizes: [64, 256, 1024], clusters: 12 };

const tiny = { models: 16, epochs: 1, trainImages: 300, testImages: 100 };
const few = { models: 80, epochs: 6, trainImages: 3000, testImages: 500 };

const settings: Readonly<Record<Preset, MiwdSetting>> = {
  smoke: { ...small, models: 40, invarianceModels: 8, retrained: 2, clusters: 4, large: tiny },
  quick: { ...small, models: 120, folds: 3, invarianceModels: 20, retrained: 4, clusters: 6, large: tiny },
  laptop: { ...full, models: 1440, invarianceModels: 100, retrained: 20, large: few },
  paper: { ...full, models: 13000, invarianceModels: 200, retrained: 100 },
};

/**
 * Sizes of the experiments of Eilertsen et al. 2024; they evaluate 2,448 of 10,483 models and fit on the others. Laptop
 * has the fewest groups of four of which three quarters fit 1024 principal components, with some to spare for models
 * that diverge.
 */
export function miwdSetting(preset: Preset): MiwdSetting {
  return settings[preset];
}
