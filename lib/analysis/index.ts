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
export { type SingleLinkageOptions, singleLinkage } from "./linkage.js";
export {
  type ClusterScore,
  type SingletonRule,
  scoreTrajectories,
  type TieOrder,
  type TrajectoryOptions,
  type TrajectoryScores,
} from "./trajectories.js";
export type { ClusterTree, Linkage } from "./types.js";
export { claimVerdict, type Inequality } from "./verdict.js";
