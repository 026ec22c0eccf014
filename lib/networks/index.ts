export { multiplyAdds, withBiases } from "./count.js";
export { forward } from "./forward.js";
export { initialWeights } from "./initial-weights.js";
export { weightLayout } from "./layout.js";
export type { CnnGeometry } from "./published.js";
export { cnnTrajectory, mlpTrajectory } from "./published.js";
export type { Shape } from "./shapes.js";
export { networkShapes } from "./shapes.js";
export type {
  Activation,
  Initializer,
  LayerSpec,
  NetworkSpec,
  WeightLayout,
  WeightTensor,
} from "./types.js";
