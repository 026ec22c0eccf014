export type { MeasuredClaim } from "./claims.js";
export { claimRow } from "./claims.js";
export type { CompareEnginesOptions, EngineComparison } from "./compare-engines.js";
export { compareEngines } from "./compare-engines.js";
export * from "./hyperreps/index.js";
export type { CurveByEpoch } from "./learning.js";
export { epochCurve, normCurve } from "./learning.js";
export type { Among, LevelClaim, LevelSummary } from "./levels.js";
export { levelClaim, levelCurves, levelTable } from "./levels.js";
export * from "./miwd/index.js";
export { modelsTable } from "./models-table.js";
export * from "./monitoring/index.js";
export type { PublishedTable } from "./published.js";
export { publishedTable } from "./published.js";
export { describeData, layoutTable, standIns, zooSetting, zooSummary } from "./setting.js";
export { specTable } from "./spec-table.js";
export { gapsByModels, stepsAndGaps } from "./steps-and-gaps.js";
export { cellTolerance, nearPublishedClaims, trajectoryCells } from "./trajectory-cells.js";
export type { TrajectoryRuns } from "./trajectory-claims.js";
export { trajectoryClaims } from "./trajectory-claims.js";
export type { SpaceResult, TrajectoryRun, TrajectoryRunOptions } from "./trajectory-order.js";
export { orderSensitivity, reorderTrajectories, runTrajectories } from "./trajectory-order.js";
export { prefixByLongestStep } from "./trajectory-prefix.js";
export {
  type OpenChoice,
  openChoices,
  runSensitivity,
  type SensitivityOptions,
  type SensitivityRow,
  sensitivityTable,
} from "./trajectory-sensitivity.js";
export { stepCurve, trajectoryShapeClaims } from "./trajectory-shape.js";
export type { CheckpointsInPlane, TrajectorySvdOptions } from "./trajectory-spaces.js";
export { embedded, leadingScores, svdDimensions, trajectorySvd } from "./trajectory-spaces.js";
export { variedTable } from "./varied-table.js";
export type { VersionLogScores, VersionLogScoresOptions } from "./version-log-scores.js";
export { runVersionLog } from "./version-log-scores.js";
export type { ClaimOptions, ModelMoments, ZooPair } from "./weight-distributions.js";
export {
  missedClasses,
  momentClaims,
  momentsAtEpoch,
  nearestCheckpointClaim,
  weightsAtEpoch,
} from "./weight-distributions.js";
export { atlasOfZoo, type ZooAtlas, type ZooAtlasOptions } from "./zoo-atlas.js";
export { zooClaims } from "./zoo-claims.js";
