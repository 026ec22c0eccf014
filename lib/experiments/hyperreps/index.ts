export { runArchitectures } from "./architectures.js";
export { runAugmentations } from "./augmentation-ablation.js";
export {
  type BaselineProbes,
  plainBaselines,
  runBaselines,
  type TetrisProbesOptions,
  type TetrisZoo,
  tetrisBaselines,
} from "./baselines.js";
export { betaCurve, longCurves, reconstructionCurves, type TrainingCurve } from "./curves.js";
export { type DifferenceClaim, differenceClaim } from "./difference-claims.js";
export { type AugmentationExamples, augmentationExamples, type ExampleView } from "./example-views.js";
export { type FinalAccuracy, finalAccuracy } from "./final-accuracy.js";
export { type HypZooScores, hypZooTargets } from "./hyp-zoo-claims.js";
export { type HypZoosSourceOptions, openHypZoos } from "./hyp-zoo-source.js";
export { type HypZooRun, type HypZoosOptions, type HypZoosRun, runHypZoos } from "./hyp-zoos.js";
export { type ImageSetting, type ImageZoos, imageSetting } from "./image-presets.js";
export { type LatentPlane, type LatentPlanesOptions, latentPlanes } from "./latents.js";
export { type LongRun, type LongRunPoint, type LongRunsOptions, runLong } from "./long-run.js";
export { type PredictionsOf, predictionsOf } from "./predictions.js";
export { type TetrisSetting, tetrisSetting } from "./presets.js";
export {
  type Ablation,
  type CellResult,
  type CellRun,
  type CellSpec,
  type RunCellsOptions,
  runCells,
} from "./runs.js";
export {
  reconstructionScores,
  type SeedScores,
  scorePercent,
  seedDifference,
  seedInterval,
} from "./scores.js";
export { runSmallSize, type SmallSize, type SmallSizeOptions } from "./small-size.js";
export { runLosses } from "./ssl-losses.js";
export { probeScores, reconstructions, seedSpread } from "./tables.js";
export { runTetrisProbes, type TetrisProbes, type TetrisTableOptions } from "./tetris-probes.js";
export { runTransfer, type TransferRun, type TransferRunOptions, type TransferTarget } from "./transfer.js";
export { runVariants, type VariantRun, type VariantsOptions, variantClaim } from "./variants.js";
export { runZooFactors, type ZooFactors, type ZooFactorsOptions } from "./zoo-factors.js";
