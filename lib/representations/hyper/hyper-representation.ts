import { selectBackend } from "../../compute/tensors/backends/select.js";
import { tensorflow } from "../../compute/tensors/tf.js";
import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import type { Matrix } from "../../core/matrix.js";
import type { LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { checkRows, checkSameLayout } from "../checks.js";
import type { FittedRepresentation, WeightRows } from "../types.js";
import type { Coder } from "./coder.js";
import { loadHyperModel, saveHyperModel } from "./files.js";
import { encodeRows, reconstructRows } from "./inference.js";
import { type HyperModel, modelPlan } from "./model.js";
import { type ParameterTensors, parameterTensors } from "./parameters.js";
import { reconstructionR2 } from "./reconstruction.js";
import { scaled, unscaled } from "./scale.js";
import { permutedRows } from "./views.js";

/** A trained hyper-representation: encodes weight vectors, and reconstructs them from what it encoded. */
export interface HyperRepresentation extends FittedRepresentation {
  readonly name: string;
  readonly model: HyperModel;
  /** Numbers that were learned. */
  readonly parameters: number;
  /** Files of the parameters that were kept aside while it was trained, in order, for `loadHyperRepresentation`. */
  readonly snapshots: readonly string[];
  /**
   * Weight vectors from their own representations: [rows, weights].
   * @throws as transform
   */
  reconstruct(rows: WeightRows, options?: LongRunOptions): Promise<Matrix>;
  /**
   * R2 of the reconstruction, 0..1 and below, of rows whose hidden units are put in a random order first.
   * @throws as transform; SpecError "hyper/network" when the rows' network is not known
   */
  reconstructionR2(
    rows: WeightRows,
    options: LongRunOptions & { readonly rng: RandomStream },
  ): Promise<number>;
  /**
   * Writes one safetensors file, which `loadHyperRepresentation` reads.
   * @throws StoreError when it cannot be written
   */
  save(path: string): Promise<void>;
}

/** Makes a trained model usable as a representation; it computes on the tensor backend that is chosen then. */
export function fittedHyper(
  name: string,
  model: HyperModel,
  snapshots: readonly string[] = [],
): HyperRepresentation {
  const { plan, shapes } = modelPlan(model);
  const run = async (
    rows: WeightRows,
    given: LongRunOptions,
    compute: (coder: Coder, m: Matrix, options: LongRunOptions) => Promise<Matrix>,
  ) => {
    checkSameLayout(rows, model.layout, name);
    checkRows(rows, name);
    const options = interruptible(given);
    await selectBackend({ signal: options.signal });
    const parameters = parameterTensors(shapes, model.values);
    try {
      return await compute(
        { config: model.config, plan, parameters },
        scaled(rows.weights, plan, model.scale),
        options,
      );
    } finally {
      dispose(parameters);
    }
  };
  const reconstruct = async (rows: WeightRows, options: LongRunOptions = {}) =>
    unscaled(await run(rows, options, reconstructRows), plan, model.scale);
  return {
    name,
    model,
    snapshots,
    dimensions: model.config.latent,
    parameters: [...model.values.values()].reduce((sum, values) => sum + values.length, 0),
    transform: (rows, options = {}) => run(rows, options, encodeRows),
    reconstruct,
    async reconstructionR2(rows, options) {
      checkOptions(options, ["rng", "signal", "onProgress"], "reconstructionR2");
      const { rng, ...rest } = options;
      const permuted = permutedRows(rows, rng.split("permuted rows"));
      return reconstructionR2(permuted, await reconstruct({ ...rows, weights: permuted }, rest));
    },
    save: (path) => saveHyperModel(path, model),
  };
}

/**
 * Reads a hyper-representation that was saved.
 * @throws DataError when the file is missing, damaged, or of another version
 */
export function loadHyperRepresentation(path: string, name = "hyper-representation"): HyperRepresentation {
  return fittedHyper(name, loadHyperModel(path));
}

function dispose(parameters: ParameterTensors): void {
  tensorflow().dispose([...parameters.values()]);
}
