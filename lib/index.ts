/**
 * weightbook: zoos of small neural networks, representations of their weights, and the published results about them.
 * Notebooks import this one module.
 */

// The figures take less of these than the analysis gives; readers want the analysis' own.
export type { DendrogramLayout, DendrogramLink, WeightMoments } from "./analysis/index.js";
export * from "./analysis/index.js";
export * from "./atlas/index.js";
export type { Preset } from "./core/environment.js";
export { cacheFolder, parsePreset, presets, siteFolder } from "./core/environment.js";
export * from "./core/errors.js";
export type { Matrix } from "./core/matrix.js";
export { matrix, row, takeCols, takeRows } from "./core/matrix.js";
export { mimeBundle } from "./core/mime.js";
export { bootstrapInterval, type Interval } from "./core/numeric/bootstrap.js";
export { kendallTau } from "./core/numeric/kendall.js";
export { accuracyScore, f1Scores, r2Score } from "./core/numeric/scores.js";
export type { LongRunOptions, OnProgress, Progress, StopOptions } from "./core/progress.js";
export { RandomStream } from "./core/random.js";
export { type SlurmOptions, type SlurmResources, type SlurmTarget, slurm } from "./core/slurm/target.js";
export { rowsLedBy, tableColumns, tableValue } from "./core/table-columns.js";
export type { ResultTable, ScoreRow, Verdict } from "./core/tables.js";
export * from "./datasets/index.js";
export * from "./experiments/index.js";
export * from "./figures/index.js";
export * from "./networks/index.js";
export * from "./notebook/index.js";
export * from "./representations/index.js";
export * from "./zoo/index.js";
