import type { ImageSet } from "../../datasets/types.js";
import type { InputScale } from "../types.js";
import type { PlanOptions } from "./plan.js";

/** Images as the kernels take them: count x channels x height x width, uint8, with a label each. */
export type LaneImages = Pick<ImageSet, "images" | "labels" | "count">;

/** What a trainer is made for; see GroupJob. */
export interface TrainerOptions extends Omit<PlanOptions, "emptyPixel"> {
  readonly input: InputScale;
  readonly train: LaneImages;
  readonly test: LaneImages;
}
