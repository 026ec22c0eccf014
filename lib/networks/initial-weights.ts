import { SpecError } from "../core/errors.js";
import type { RandomStream } from "../core/random.js";
import { volume, weightLayout } from "./layout.js";
import type { Initializer, NetworkSpec } from "./types.js";

export const initializers: readonly Initializer[] = [
  "kaiming-normal",
  "kaiming-uniform",
  "xavier-normal",
  "xavier-uniform",
  "normal",
  "uniform",
];

/**
 * Draws a network's initial weights with torch's conventions: kaiming with fan-in and gain sqrt(2) (He et al. 2015),
 * xavier with gain 1 (Glorot and Bengio 2010), "normal" N(0, 1), "uniform" U(0, 1); biases U(+-1/sqrt(fan-in)) as
 * torch's layers draw them. A convolution's fans count the kernel's area.
 * @param rng used up in the order of the flat vector
 * @returns flat weights, see weightLayout
 * @throws SpecError for an unknown initialiser or an impossible network
 */
export function initialWeights(spec: NetworkSpec, initializer: Initializer, rng: RandomStream): Float32Array {
  if (!initializers.includes(initializer)) {
    const message = `initializer "${initializer}" is unknown; choose ${initializers.join(", ")}`;
    throw new SpecError("network/initializer", message, { value: initializer });
  }
  const layout = weightLayout(spec);
  const weights = new Float32Array(layout.parameters);
  let fanIn = 1;
  for (const { name, shape, offset } of layout.tensors) {
    if (name === "kernel") fanIn = volume(shape.slice(1));
    const fanOut = shape[0] * volume(shape.slice(2));
    const bound = 1 / Math.sqrt(fanIn);
    const draw =
      name === "bias" ? () => rng.uniform(-bound, bound) : sampler(initializer, fanIn, fanOut, rng);
    const end = offset + volume(shape);
    for (let i = offset; i < end; i++) weights[i] = draw();
  }
  return weights;
}

function sampler(initializer: Initializer, fanIn: number, fanOut: number, rng: RandomStream): () => number {
  const kaiming = Math.sqrt(2 / fanIn);
  const xavier = Math.sqrt(2 / (fanIn + fanOut));
  // A uniform variable within +-b has deviation b / sqrt(3).
  const symmetric = (deviation: number) => {
    const bound = Math.sqrt(3) * deviation;
    return () => rng.uniform(-bound, bound);
  };
  switch (initializer) {
    case "kaiming-normal":
      return () => rng.normal(0, kaiming);
    case "kaiming-uniform":
      return symmetric(kaiming);
    case "xavier-normal":
      return () => rng.normal(0, xavier);
    case "xavier-uniform":
      return symmetric(xavier);
    case "normal":
      return () => rng.normal();
    case "uniform":
      return () => rng.uniform();
  }
}
