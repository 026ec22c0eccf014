export { gelu, relu } from "./activations.js";
export { addBias } from "./add-bias.js";
export { attention } from "./attention.js";
export { dropout } from "./dropout.js";
export { layerNorm } from "./layer-norm.js";
export { type LinearOptions, linear } from "./linear.js";
export { ntXent } from "./nt-xent.js";
export { softmax } from "./softmax.js";
export {
  type BlockOptions,
  type BlockParameters,
  type LinearParameters,
  type NormParameters,
  transformerBlock,
} from "./transformer-block.js";
