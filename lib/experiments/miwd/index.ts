export type { ClosePair } from "./close-pairs.js";
export { type DescribedModels, type DescribeModelsOptions, describeModels } from "./described-models.js";
export { type Embedding, type Embeddings, type EmbeddingsOptions, runEmbeddings } from "./embeddings.js";
export { type Invariance, type InvarianceOptions, runInvariance } from "./invariance.js";
export { matchedRange } from "./matched-range.js";
export {
  type MeasuredInvariance,
  type OwnDistances,
  type Reordering,
  reorderings,
} from "./model-distances.js";
export { allModels, isLarger, type ModelParts, modelParts } from "./model-parts.js";
export { permutedWeights, transposedWeights } from "./reordered.js";
export {
  descriptorKinds,
  type KindOfVectors,
  kindsOfVectors,
  type Represented,
  type RepresentOptions,
  representModels,
} from "./represented.js";
export { sameSettings, type TrainAgain } from "./retrained.js";
export { type SelectionClaimsOptions, selectionClaims } from "./selection-claims.js";
export {
  closePairTable,
  embeddingPanels,
  modelName,
  selectionTable,
  settingAxes,
} from "./selection-views.js";
export {
  normalisedAccuracy,
  runSelections,
  type Selection,
  type Selections,
  type SelectionsOptions,
} from "./selections.js";
export { type MiwdSetting, miwdSetting } from "./setting.js";
export { type Spread, spreadTable } from "./spread-table.js";
export { runUntangling, type Untangling, type UntanglingOptions } from "./untangling.js";
export { untanglingPanels } from "./untangling-panels.js";
export { type UntanglingTask, untanglingTasks } from "./untangling-task.js";
