import { checkOptions } from "../core/errors.js";
import { checkedRepresentation } from "./checks.js";
import { checkPcaOptions, kernelPca, type PcaKernel } from "./kernel-pca.js";
import { checkMaxRows, sampleRows } from "./sample-rows.js";
import type { Representation } from "./types.js";

/** Names in Table 5. */
const names: Readonly<Record<PcaKernel, string>> = { linear: "PCAl", cosine: "PCAc", rbf: "PCAr" };

export interface PcaRepresentationOptions {
  /** Default "linear". */
  readonly kernel?: PcaKernel;
  /**
   * Default 50, as published: the width of the hyper-representations' latents. A smaller rank of the training rows
   * gives fewer dimensions.
   */
  readonly components?: number;
  /** Of the rbf kernel. Default 1 / number of weights. */
  readonly gamma?: number;
  /**
   * Most training rows of the rbf kernel, whose matrix of all 52,500 rows of a zoo would take 22 GB; of more, so many
   * drawn at random are fitted on, and all can be transformed. Default 3000. The published code fits on every second row.
   */
  readonly maxRows?: number;
}

/**
 * Principal components of the weights with a linear, cosine or rbf kernel ("PCAl", "PCAc" and "PCAr" of Table 5).
 * @throws SpecError "options/unknown", "pca/kernel", "pca/components", "pca/gamma", "representation/max-rows"; in
 *   fitting "pca/rank" when all rows are alike
 */
export function pcaRepresentation(options: PcaRepresentationOptions = {}): Representation {
  checkOptions(options, ["kernel", "components", "gamma", "maxRows"], "pcaRepresentation");
  const { kernel = "linear", components, gamma, maxRows = 3000 } = options;
  checkPcaOptions({ kernel, components, gamma });
  checkMaxRows(maxRows, 2, "pcaRepresentation");
  return checkedRepresentation(names[kernel], async ({ weights }, { rng, signal, onProgress }) => {
    const rows = kernel === "rbf" ? sampleRows(weights, maxRows, rng.split("rows")) : weights;
    const fitted = await kernelPca(rows, {
      kernel,
      rng: rng.split("solver"),
      ...(components === undefined ? {} : { components }),
      ...(gamma === undefined ? {} : { gamma }),
      signal,
      onProgress,
    });
    const dimensions = fitted.eigenvalues.length;
    return {
      dimensions,
      async transform(rest, transformOptions) {
        const scores = await fitted.project(rest.weights, transformOptions);
        return { data: Float32Array.from(scores), rows: rest.weights.rows, cols: dimensions };
      },
    };
  });
}
