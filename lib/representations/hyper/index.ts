export {
  type Augmentations,
  augmentations,
  type HyperArchitecture,
  type HyperConfig,
  type HyperLoss,
  type LearningRateSchedule,
  type ReconstructionTarget,
  tetrisConfig,
  type Views,
} from "./config.js";
export { hyperConfig } from "./config-checks.js";
export { type HyperRepresentation, loadHyperRepresentation } from "./hyper-representation.js";
export type { CurvePoint, HyperModel, HyperSetup } from "./model.js";
export { hyperRepresentation } from "./representation.js";
export { type HyperTraining, type TrainHyperOptions, trainHyperRepresentations } from "./train-many.js";
