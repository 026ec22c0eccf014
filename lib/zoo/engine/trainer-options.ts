import type { ImageSet } from "../../datasets/types.js";
import type { InputScale } from "../types.js";
import type { PlanOptions } from "./plan.js";

/** Images as the kernels take them: count x channels x height x width, uint8, with a label each. */
export type LaneImages = Pick<ImageSet, "images" | "labels" | "count">;

/** Images to train on and to test on. */
export interface TrainerImages {
  readonly train: LaneImages;
  readonly test: LaneImages;
}

/** What a trainer is made for; see GroupJob. */
export interface TrainerOptions extends Omit<PlanOptions, "emptyPixel">, TrainerImages {
  readonly input: InputScale;
  /** Other images, which `useImages` turns to. */
  readonly later?: TrainerImages;
}
