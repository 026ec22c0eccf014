import type { RandomStream } from "../core/random.js";
import { initializerName, parseInitializer, withOptions } from "./initializers.js";
import { checkKernelShape, type Fans, fansOf, fillKernel, sampler } from "./kernels.js";
import { volume, weightLayout } from "./layout.js";
import type { Initializer, InitializerOptions, NetworkSpec } from "./types.js";

export { initializerName, initializers, parseInitializer } from "./initializers.js";

/**
 * Draws a network's initial weights with torch's conventions (torch.nn.init): kaiming with fan-in and gain sqrt(2) (He
 * et al. 2015), xavier with gain 1 (Glorot and Bengio 2010), "normal" N(0, 1), "uniform" U(0, 1); a convolution's fans
 * count the kernel's area. Biases U(+-1/sqrt(fan-in)) as torch's layers draw them, unless the initialiser's `bias` says
 * otherwise. Batch norm starts as gamma 1, beta 0, mean 0, variance 1, whatever the initialiser.
 * @param rng used up in the order of the flat vector
 * @returns flat weights, see weightLayout
 * @throws SpecError for an unknown initialiser or option, a kernel whose shape it does not suit, or an impossible
 * network
 */
export function initialWeights(spec: NetworkSpec, initializer: Initializer, rng: RandomStream): Float32Array {
  const options = withOptions(parseInitializer(initializer, "initializer"));
  const layout = weightLayout(spec);
  const weights = new Float32Array(layout.parameters);
  let fans: Fans = { fanIn: 1, fanOut: 1 };
  for (const { layer, name, shape, offset } of layout.tensors) {
    const tensor = weights.subarray(offset, offset + volume(shape));
    switch (name) {
      case "kernel":
        fans = fansOf(shape);
        fillKernel(tensor, shape, layer, options, rng);
        break;
      case "bias":
        fillBias(tensor, fans, options, rng);
        break;
      case "gamma":
      case "variance":
        tensor.fill(1);
        break;
      case "beta":
      case "mean":
        break;
    }
  }
  return weights;
}

/**
 * Checks that an initialiser suits every kernel of a network, without drawing it.
 * @throws SpecError as initialWeights
 */
export function checkInitializer(spec: NetworkSpec, initializer: Initializer): void {
  const type = initializerName(parseInitializer(initializer, "initializer"));
  for (const { layer, name, shape } of weightLayout(spec).tensors) {
    if (name === "kernel") checkKernelShape(type, shape, layer);
  }
}

/** @param fans of the layer's kernel */
function fillBias(bias: Float32Array, fans: Fans, options: InitializerOptions, rng: RandomStream): void {
  if (options.bias === "zeros") return;
  const kind: InitializerOptions = options.bias === "same" ? options : { type: "torch-default" };
  const draw = sampler(kind, fans, rng);
  for (let i = 0; i < bias.length; i++) bias[i] = draw();
}
