export { countLabels, cutAtCount, cutAtHeight, leafHeights, toClusterTree } from "./cut.js";
export {
  type DendrogramLayout,
  type DendrogramLayoutOptions,
  type DendrogramLeaf,
  type DendrogramLink,
  dendrogramLayout,
  pointsOfCluster,
  subLinkage,
} from "./dendrogram.js";
export {
  type NearestModels,
  nearestModels,
  stepLengths,
  type TrajectorySteps,
  type WeightMoments,
  weightMoments,
} from "./geometry.js";
export { type GroupVariance, groupVariance } from "./group-variance.js";
export { type Identified, identifyCheckpoints, type KnownCheckpoints } from "./identification.js";
export { type SingleLinkageOptions, singleLinkage } from "./linkage.js";
export { alarmThreshold, type RocPoint, rocArea, rocAreaInterval, rocCurve } from "./monitoring/roc.js";
export { predictionSurprise, type SurpriseOptions } from "./monitoring/surprise.js";
export {
  type JointTaus,
  type JointTausOptions,
  jointInterval,
  jointTaus,
} from "./probes/joint-taus.js";
export {
  type ModelScores,
  meanScoreDifference,
  type Scored,
  scoreDifference,
} from "./probes/model-scores.js";

export {
  type ProbeCell,
  type ProbeKind,
  type ProbeOptions,
  probeFeatures,
} from "./probes/probe-features.js";
export {
  type ProbeColumn,
  type ProbeTable,
  type ProbeTableOptions,
  probeTable,
} from "./probes/probe-table.js";

export { type RankedRows, tauDifference, tauInterval } from "./probes/rank-scores.js";

export { type RidgeOptions, type RidgeProbe, ridgeAlphas, ridgeProbe } from "./probes/ridge.js";
export {
  type ConvergedSettings,
  type SoftmaxOptions,
  type SoftmaxProbe,
  softmaxPenalties,
  softmaxProbe,
} from "./probes/softmax.js";
export type { AdamSettings } from "./probes/softmax-adam.js";
export { type OfSplits, type ProbeTarget, standardised } from "./probes/splits.js";
export { publishedTargets, type TargetColumns } from "./probes/targets.js";
export {
  type TransferCell,
  type TransferOptions,
  type TransferRepresentation,
  transferScores,
} from "./probes/transfer.js";
export { type TreesOptions, type TreesProbe, treesProbe } from "./probes/trees.js";
export {
  type CrossValidatedSvm,
  type CrossValidationOptions,
  crossValidatedSvm,
  svmCosts,
} from "./svm/cross-validation.js";
export { type LinearSvm, type LinearSvmOptions, linearSvm } from "./svm/linear-svm.js";
export {
  type ClusterScore,
  type SingletonRule,
  scoreTrajectories,
  type TieOrder,
  type TrajectoryOptions,
  type TrajectoryScores,
} from "./trajectories.js";
export { type TrajectoryShape, type TrajectoryShapeOptions, trajectoryShapes } from "./trajectory-shape.js";
export type { TreesSettings } from "./trees/settings.js";
export type { ClusterTree, Linkage } from "./types.js";
export { claimVerdict, type Inequality } from "./verdict.js";
export * from "./version-log/index.js";
export {
  type VarianceKind,
  varianceDifference,
  varianceInterval,
  type ZooVariance,
  zooVariance,
} from "./zoo-variance.js";
