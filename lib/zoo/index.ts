export type { Summary, ZooDescription } from "./describe.js";
export { describeZoo } from "./describe.js";
export { descriptionText } from "./describe-text.js";
export type { EngineReference } from "./engine-reference.js";
export { defaultEngine } from "./engine-reference.js";
export type { FactsRow, ZooFacts } from "./facts.js";
export { factsRow, takeFacts } from "./facts.js";
export type { DataSource, ZooData } from "./identity.js";
export { zooFolder, zoosFolder } from "./identity.js";
export type { ImportedZooContent } from "./imported.js";
export { writeImportedZoo } from "./imported.js";
export * from "./interop/index.js";
export type { ImportedManifest, TrainedManifest, ZooManifest } from "./manifest.js";
export { readManifest } from "./manifest.js";
export { mergeZoo } from "./merge-zoo.js";
export { isMixed, specNetwork, structureKey, zooModels } from "./models.js";
export type { NamedZooEntry, NamedZooOptions, ZooName, ZooSize } from "./named.js";
export { listNamedZoos, namedZoo } from "./named.js";
export type { Column, Columns } from "./parquet.js";
export type { ZooShare } from "./plan.js";
export type { SafetensorsHeader, SafetensorsType, StoredTensor, TensorInfo } from "./safetensors.js";
export { readFloat32, readHeader, readTensor, writeSafetensors } from "./safetensors.js";
export type { FileState } from "./shard.js";
export type { FileHash, ImportedZooSpec, ZooSource } from "./source.js";
export type { Split } from "./spec.js";
export { checkpointEpochs, modelSplits, parseZooSpec, zooKey } from "./spec.js";
export type { TrainedShare, TrainShareOptions, TrainZooOptions } from "./train.js";
export { trainZoo } from "./train.js";
export type { TrainingOptions } from "./training.js";
export type {
  Augmentation,
  CheckpointFacts,
  EarlyStopping,
  GroupJob,
  Loss,
  ModelJob,
  ModelResult,
  ModelSpec,
  OptimizerSpec,
  Seeds,
  TrainingEngine,
  VariableField,
  Variation,
  ZooSpec,
  ZooSpecInput,
} from "./types.js";
export type { Level, VariedColumn } from "./variety.js";
export type { FileReport, ShardReport, ZooReport } from "./verify.js";
export { verifyZoo } from "./verify.js";
export type {
  Checkpoints,
  CommonZoo,
  ImportedZoo,
  RowVector,
  TrainedZoo,
  WeightChunk,
  Zoo,
} from "./zoo.js";
export { openZoo } from "./zoo.js";
export type { GivenImages } from "./zoo-data.js";
