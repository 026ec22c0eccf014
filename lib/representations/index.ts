export { rawWeights } from "./raw.js";
export { leading, projectOnto, type SvdOptions, type TruncatedSvd, truncatedSvd } from "./svd.js";
export { svdRepresentation } from "./svd-representation.js";
export type { FitOptions, FittedRepresentation, Representation, WeightRows } from "./types.js";
export { type UmapOptions, umap } from "./umap.js";
export { type ZooRows, type ZooRowsOptions, type ZooSplits, zooRows, zooSplits } from "./zoo-rows.js";
