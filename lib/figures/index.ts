export type { MimeBundle } from "../core/mime.js";
export { plotlyMime } from "../core/mime.js";
export { figureBundle, figureLimit } from "./bundle.js";
export type { CurveOptions, CurvePanel, EpochCurve } from "./curves.js";
export { learningCurves, stepLengthCurves } from "./curves.js";
export type { DendrogramOptions } from "./dendrogram.js";
export { dendrogramFigure } from "./dendrogram.js";
export { type DescriptorFigureOptions, type DescriptorPanel, descriptorFigure } from "./descriptors.js";
export type { EmbeddedCheckpoints, EmbeddingOptions } from "./embedding.js";
export { embeddingScatter } from "./embedding.js";
export type { Figure } from "./figure.js";
export { type BarPanel, type GroupedBar, type GroupedBarsOptions, groupedBars } from "./grouped-bars.js";
export type { HistogramOptions } from "./histogram.js";
export { histogramFigure } from "./histogram.js";
export type { ImageGridOptions } from "./image-grid.js";
export { imageGrid } from "./image-grid.js";
export type { LatentPanel, LatentScatterOptions } from "./latent-scatter.js";
export { latentScatter } from "./latent-scatter.js";
export { diagonalWins, type MatrixPanel, matrixHeatMaps, representationPanels } from "./matrix-heat-maps.js";
export type { MeanDeviationOptions, WeightMoments } from "./mean-deviation.js";
export { meanDeviationScatter } from "./mean-deviation.js";
export {
  type CoordinateAxis,
  type ParallelCoordinatesOptions,
  parallelCoordinates,
} from "./parallel-coordinates.js";
export type { PredictionPanel, PredictionScatterOptions } from "./prediction-scatter.js";
export { predictionScatter } from "./prediction-scatter.js";
export type { RocCurvesOptions, RocLine, RocPanel } from "./roc-curves.js";
export { rocCurves } from "./roc-curves.js";
export type { ScoreBarsOptions } from "./score-bars.js";
export { scoreBars } from "./score-bars.js";
export type { SpaceCurvesOptions, SpacePanel } from "./space-curves.js";
export { spaceCurves } from "./space-curves.js";
export type { RenderOptions } from "./static.js";
export { renderSvg } from "./static.js";
export type { TrainingCurvesOptions, TrainingPanel, TrainingPoint } from "./training-curves.js";
export { trainingCurves } from "./training-curves.js";
export type { TreeOfModelsOptions } from "./trajectories.js";
export { dendrogramOfModels, spectrumCurves } from "./trajectories.js";
export type { VersionGraphOptions } from "./version-graph.js";
export { versionGraph } from "./version-graph.js";
export type { WeightView, WeightViewsOptions } from "./weight-views.js";
export { weightViews } from "./weight-views.js";
