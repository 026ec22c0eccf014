export { type BootstrapOptions, bootstrapInterval, type Interval, quantile } from "./bootstrap.js";
export { type DenseSvd, denseSvd } from "./dense-svd.js";
export { type Eigen, symmetricEigen } from "./eigen.js";
export { distance, type Points, squaredDistance } from "./points.js";
export { trustworthiness } from "./trustworthiness.js";
