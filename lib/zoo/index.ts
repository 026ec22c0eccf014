export * from "./cluster/index.js";
export type { ShiftDescription, Summary, ZooDescription } from "./describe.js";
export { describeZoo } from "./describe.js";
export { descriptionText } from "./describe-text.js";
export type { FactsRow, ZooFacts } from "./facts.js";
export { factsRow, takeFacts } from "./facts.js";
export * from "./interop/index.js";
export type { NamedZooEntry, NamedZooOptions, ZooName, ZooSize } from "./named.js";
export { listNamedZoos, namedZoo } from "./named.js";
export { isMixed, specNetwork, structureKey, zooModels } from "./spec/models.js";
export type { Split } from "./spec/spec.js";
export { checkpointEpochs, modelSplits, parseZooSpec, zooKey } from "./spec/spec.js";
export type { StackedEngineOptions } from "./stacked/reference.js";
export { stackedEngine } from "./stacked/reference.js";
export type { DataSource, ZooData } from "./store/identity.js";
export { zooFolder, zoosFolder } from "./store/identity.js";
export type { ImportedZooContent } from "./store/imported.js";
export { writeImportedZoo } from "./store/imported.js";
export type { ImportedManifest, TrainedManifest, ZooManifest } from "./store/manifest.js";
export { readManifest } from "./store/manifest.js";
export type { Column, Columns } from "./store/parquet.js";
export type { ZooShare } from "./store/plan.js";
export type { SafetensorsHeader, SafetensorsType, StoredTensor, TensorInfo } from "./store/safetensors.js";
export { readFloat32, readHeader, readTensor, writeSafetensors } from "./store/safetensors.js";
export type { FileState } from "./store/shard.js";
export type { FileHash, ImportedZooSpec, ZooSource } from "./store/source.js";
export type { FileReport, ShardReport, ZooReport } from "./store/verify.js";
export { verifyZoo } from "./store/verify.js";
export type {
  Checkpoints,
  CommonZoo,
  ImportedZoo,
  RowVector,
  TrainedZoo,
  WeightChunk,
  Zoo,
} from "./store/zoo.js";
export { openZoo } from "./store/zoo.js";
export type { EngineReference } from "./training/engine-reference.js";
export { defaultEngine } from "./training/engine-reference.js";
export { mergeZoo } from "./training/merge-zoo.js";
export type {
  TrainedShare,
  TrainShareOptions,
  TrainZooOnOptions,
  TrainZooOptions,
} from "./training/train.js";
export { trainZoo } from "./training/train.js";
export type { EngineName, TrainingOptions } from "./training/training.js";
export type { GivenImages } from "./training/zoo-data.js";
export type {
  Augmentation,
  CheckpointFacts,
  EarlyStopping,
  GroupJob,
  JobImages,
  JobShift,
  Loss,
  ModelJob,
  ModelResult,
  ModelSpec,
  OnEpoch,
  OptimizerSpec,
  Seeds,
  SynchronousEngine,
  TrainingEngine,
  VariableField,
  Variation,
  ZooShift,
  ZooSpec,
  ZooSpecInput,
} from "./types.js";
export type { Level, VariedColumn } from "./variety.js";
