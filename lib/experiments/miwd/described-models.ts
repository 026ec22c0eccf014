import { checkOptions } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import { miwd } from "../../representations/miwd.js";
import type { Zoo } from "../../zoo/store/zoo.js";
import { zooSetting } from "../setting.js";
import { allModels, type ModelParts } from "./model-parts.js";
import { type KindOfVectors, type Represented, squareOf } from "./represented.js";

/** Models, and what they are in one or several representations. */
export interface DescribedModels {
  readonly parts: ModelParts;
  readonly representations: readonly Represented[];
  /** For captions and the scoreboard. */
  readonly setting: string;
}

export interface DescribeModelsOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Numbers of a descriptor, a square. Default 1024. */
  readonly size?: number;
}

/** Descriptors that need no library to set their range by. */
const kinds: readonly KindOfVectors[] = ["MI-WD", "MI-WD standardised"];

/**
 * All models of a zoo that did not diverge, by their last checkpoints, in both descriptors: of raw weights and of
 * standardised ones. Nothing is fitted, so none need be kept aside.
 * @throws DataError "miwd/models" when all diverged; SpecError "miwd/size"; InterruptedError
 */
export async function describeModels(zoo: Zoo, given: DescribeModelsOptions): Promise<DescribedModels> {
  checkOptions(given, ["rng", "size", "signal", "onProgress"], "describeModels");
  const { rng, size = 1024, signal, onProgress } = interruptible(given);
  const parts = allModels(zoo);
  const part = inParts(onProgress, "descriptors", kinds.length);
  const representations: Represented[] = [];
  for (const [i, kind] of kinds.entries()) {
    const scale = kind === "MI-WD" ? "raw" : "standardised";
    const own = part(i);
    const options = { signal, ...(own ? { onProgress: own } : {}) };
    const fitted = await miwd({ ...squareOf(size), scale }).fitVectors(parts.fitted, { rng, ...options });
    const points = await fitted.transformVectors(parts.evaluated, options);
    representations.push({ kind, size, name: `${kind} ${size}`, points });
  }
  return { parts, representations, setting: zooSetting(zoo) };
}
