import type { RandomStream } from "../../core/random.js";
import { permutationPlan } from "../../networks/permutations.js";
import type { NetworkSpec, WeightLayout } from "../../networks/types.js";

/** The weights with the units of every hidden layer in another order: the same network. */
export function permutedWeights(
  weights: Float32Array,
  network: NetworkSpec,
  rng: RandomStream,
): Float32Array {
  const plan = permutationPlan(network);
  const index = new Uint32Array(plan.parameters);
  plan.fill(plan.draw(rng), index);
  return Float32Array.from(index, (from) => weights[from]);
}

/**
 * The weights as a program that stores arrays column by column would write them: every kernel with its axes in reverse
 * order ([inputs, outputs], or [width, height, channels, filters]), at the same place of the vector.
 */
export function transposedWeights(weights: Float32Array, { tensors }: WeightLayout): Float32Array {
  const out = weights.slice();
  for (const { name, shape, offset } of tensors) {
    if (name !== "kernel") continue;
    const size = shape.reduce((product, side) => product * side, 1);
    const place = shape.map(() => 0);
    for (let from = 0; from < size; from++) {
      let to = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) to = to * shape[axis] + place[axis];
      out[offset + to] = weights[offset + from];
      // Counts on in row-major order.
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        if (++place[axis] < shape[axis]) break;
        place[axis] = 0;
      }
    }
  }
  return out;
}
