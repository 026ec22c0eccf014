export { multiplyAdds, withBiases } from "./count.js";
export { familyNetwork, isFamily } from "./families.js";
export type { ForwardOptions } from "./forward.js";
export { forward } from "./forward.js";
export { checkInitializer, initialWeights } from "./initial-weights.js";
export { gainOf, initializerName, initializers, parseInitializer } from "./initializers.js";
export { weightLayout } from "./layout.js";
export type { PermutableLayer, PermutationPlan, UnitPermutations } from "./permutations.js";
export {
  drawPermutations,
  permutationIndex,
  permutationPlan,
  permutationSymmetries,
} from "./permutations.js";
export type { CnnGeometry, CnnOptions } from "./published.js";
export { cnnTrajectory, mlpTrajectory, mnistCnn, tetrisMlp, unterthinerCnn } from "./published.js";
export type { Shape } from "./shapes.js";
export { networkShapes } from "./shapes.js";
export type {
  Activation,
  Initializer,
  InitializerName,
  InitializerOptions,
  LayerSpec,
  NetworkFamily,
  NetworkSpec,
  TensorName,
  WeightLayout,
  WeightTensor,
} from "./types.js";
