import type { NetworkSpec } from "../../networks/types.js";
import { flowsOf, stagesOf } from "./buffers.js";

/**
 * Multiply-adds that the lane kernels do for one sample forward: those of the pixels that are computed at all (see
 * flowsOf), which may be fewer than the network's own.
 */
export function computedMultiplyAdds(network: NetworkSpec): number {
  const stages = stagesOf(network);
  const flows = flowsOf(stages);
  return stages.reduce((sum, { layer, window, input }, i) => {
    if (layer.type !== "dense" && layer.type !== "conv2d") return sum;
    const { channels, height, width } = flows[i + 1];
    return sum + channels * height * width * window.size ** 2 * input.channels;
  }, 0);
}
