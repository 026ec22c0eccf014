import { SpecError } from "../../core/errors.js";
import { checkedRepresentation } from "../checks.js";
import type { Representation } from "../types.js";
import type { HyperConfig } from "./config.js";
import { hyperConfig } from "./config-checks.js";
import { type TrainHyperOptions, trainHyperRepresentations } from "./train-many.js";

/**
 * A hyper-representation (Schürholt, Kostadinov and Borth 2021) as one representation among others: fitting it trains
 * it. To train several at a time use trainHyperRepresentations.
 * @param config fields that differ from the paper's setting for tetris
 * @throws SpecError as hyperConfig; "representation/validation" from `fit` without validation rows, which the training watches
 */
export function hyperRepresentation(
  name: string,
  config: Partial<HyperConfig> = {},
  options: Pick<TrainHyperOptions, "folder" | "backend"> = {},
): Representation {
  hyperConfig(config);
  return checkedRepresentation(name, async (train, { rng, validation, signal, onProgress }) => {
    if (!validation) {
      const message = `${name} is trained by watching validation rows; give fit the option validation`;
      throw new SpecError("representation/validation", message);
    }
    const seed = rng.split("hyper-representation").uint32();
    const training = { name, config, seed, train, validation };
    const [trained] = await trainHyperRepresentations([training], { ...options, signal, onProgress });
    return trained;
  });
}
